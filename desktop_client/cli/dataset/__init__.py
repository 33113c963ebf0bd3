"""`imguard dataset` and `imguard policy`."""
