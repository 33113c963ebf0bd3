"""The revealed model in formats of other tools; their libraries load when they are asked for, and may be missing."""
