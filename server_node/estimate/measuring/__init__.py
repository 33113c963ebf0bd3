"""How fast this machine is at it."""
