"""Models of this profile, trainings they come from, and two of these side by side."""
