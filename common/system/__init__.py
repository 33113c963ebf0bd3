"""What differs between Linux, macOS and Windows: permissions, signals and paths, a file each; nobody else asks."""
