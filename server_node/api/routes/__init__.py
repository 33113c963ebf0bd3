"""Every route of a node, by what it is about."""
