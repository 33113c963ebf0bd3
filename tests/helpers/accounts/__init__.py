"""People, their documents, and a node's storage in memory, for tests of accounts."""
