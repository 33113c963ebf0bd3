"""What the list of projects and the wizard for a new one show and do."""
