"""What happens at the servers, as it happens."""
