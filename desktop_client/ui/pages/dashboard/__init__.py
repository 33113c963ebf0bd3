"""The first page: everything at a glance."""
