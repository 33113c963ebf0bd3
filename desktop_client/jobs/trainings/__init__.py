"""Trainings as the window shows and steers them: rows, the course of a running one, and what stands in a project."""
