"""Models for tests of what a window does with them."""
