"""Models in the helper process: fetched, checked, tried on pictures, exported, described on a card."""
