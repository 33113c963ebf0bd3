"""One project: what it is, who is in it, what it may use, and its trainings."""
