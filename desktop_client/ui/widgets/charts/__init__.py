"""Charts in the colours of the appearance."""
