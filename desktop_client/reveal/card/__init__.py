"""The card that goes with a model: what it is, what it was trained on and how, what it can do and what it is not."""
