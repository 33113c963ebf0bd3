"""Projects: write the specification, check what somebody else wrote, decide about it, ask for a job."""
