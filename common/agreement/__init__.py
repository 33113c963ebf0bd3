"""What people agree to: what changed since they last did, and their reasons."""
