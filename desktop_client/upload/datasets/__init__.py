"""What a user does with data sets that are at the servers: look at them, change their settings, delete them."""
