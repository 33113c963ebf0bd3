"""Projects: the list of them, and the wizard for a new one."""
