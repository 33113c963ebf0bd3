"""The pages of models: the list, and one model with everything that can be done with it."""
