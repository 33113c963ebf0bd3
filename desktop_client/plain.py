"""Text from elsewhere, made safe to show: no character moves the cursor, hides text or turns its direction."""

from __future__ import annotations

import re
from typing import Final

# C0 but the line feed, DEL and C1; marks without width; line and paragraph separators; bidirectional embeddings,
# overrides and isolates; annotations; halves of surrogate pairs, which no terminal could be sent.
_UNSAFE: Final = re.compile(
    r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)


def plain_lines(text: str) -> str:
    """Unsafe characters as ``\\uXXXX``, which inside JSON is the same value; line feeds stay."""
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def plain(value: object) -> str:
    """As :func:`plain_lines`, for what has to stay within one line: a line feed is escaped too."""
    return plain_lines(str(value)).replace("\n", "\\u000a")
