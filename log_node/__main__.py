"""``python -m log_node``."""

from log_node.cli import main

if __name__ == "__main__":
    main()
