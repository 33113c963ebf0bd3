"""A child process that does what is heavy: one JSON object a line in, one JSON object a line out."""
