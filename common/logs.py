"""Logging for all programs: one line per record, and a filter that hides what looks like a secret."""

from __future__ import annotations

import logging
import re
import sys

_LONG_HEX = re.compile(r"(?<![0-9a-f])[0-9a-f]{64,}(?![0-9a-f])")
_BEARER = re.compile(r"(Bearer\s+)\S+", re.IGNORECASE)


class Redaction(logging.Filter):
    """Shortens long hexadecimal strings and bearer tokens: a digest stays recognisable, a key or token is useless."""

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        text = _BEARER.sub(r"\1***", text)
        record.msg = _LONG_HEX.sub(lambda found: found.group()[:12] + "…", text)
        record.args = ()
        return True


def setup_logging(program: str, level: str = "INFO") -> None:
    """Send the ``imguard`` loggers to standard error in one format."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter(f"%(asctime)s {program} %(levelname)s %(name)s: %(message)s"))
    handler.addFilter(Redaction())
    root = logging.getLogger("imguard")
    root.handlers[:] = [handler]
    root.setLevel(level)
    root.propagate = False
