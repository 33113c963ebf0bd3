"""Commands that show what happens, as it happens."""
