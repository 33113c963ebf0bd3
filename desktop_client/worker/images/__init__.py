"""Actions about images before they are shared: list, look, split and upload."""
