"""Figures of a result that are drawn here: the confusion matrix, probabilities, and pictures of mistakes."""
