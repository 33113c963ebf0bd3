"""How good predictions are, from logits and labels alone: wherever they were computed."""
