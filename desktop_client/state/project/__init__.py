"""A project in the window: how it stands, its trainings as they go, and its runs side by side."""
