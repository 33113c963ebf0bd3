"""The dashboard in the window: numbers, what runs, and the load of the last half hour."""
