"""What a job will cost before anybody starts it."""
