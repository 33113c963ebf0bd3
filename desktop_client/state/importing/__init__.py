"""Bringing in images: what was found, what the person changed about it, and its way to the servers."""
