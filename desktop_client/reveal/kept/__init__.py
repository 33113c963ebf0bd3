"""Models that stay on this machine: what is known about each of them, and what can be proved about it."""
