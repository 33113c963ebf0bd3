"""A node with something of everything in it, to be copied and put back."""
