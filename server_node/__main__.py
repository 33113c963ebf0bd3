"""``python -m server_node``."""

from server_node.cli import main

if __name__ == "__main__":
    main()
