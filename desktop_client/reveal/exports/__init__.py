"""The revealed model in formats of other tools, whose libraries are loaded when they are asked for and may be missing."""
