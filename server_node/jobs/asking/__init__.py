"""Tests of trained models: who may ask, and the weights that are kept for it and forgotten again."""
