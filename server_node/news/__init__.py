"""What is new at a node, numbered and kept for a while, and how busy it is."""
