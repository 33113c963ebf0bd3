"""The tabs of a project but the training, which has a folder of its own."""
