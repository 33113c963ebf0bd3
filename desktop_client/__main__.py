"""``python -m desktop_client`` is the same as ``imguard``."""

from __future__ import annotations

from desktop_client.cli.main import main

if __name__ == "__main__":
    main()
