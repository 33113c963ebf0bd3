"""What a job takes: correlations, bytes and rounds, exactly, without computing anything."""
