"""Databases for tests: on a real server, and as earlier versions of the program made them."""
