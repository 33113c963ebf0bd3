"""``python -m desktop_client.worker`` serves one desktop program through its standard input and output."""

from __future__ import annotations

from desktop_client.worker.serve import main

if __name__ == "__main__":
    main()
