"""One file a version; they are never changed once released."""
