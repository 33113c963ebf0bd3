"""What belongs to the person and this machine: keys, devices, the nodes as seen from here, and the folder on disk."""
