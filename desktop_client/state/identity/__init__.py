"""Controllers of the door, the users, the approvals and the settings."""
