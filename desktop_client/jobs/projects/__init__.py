"""Projects and drafts as a list, and everything the wizard for a new project asks of the servers."""
