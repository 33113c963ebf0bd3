"""Copies of a whole node: taken while it works, checked before anything is put back."""
