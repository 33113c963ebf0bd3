"""A desk without nodes, as for windows; nothing is shown."""

from tests.unit.desktop_window.conftest import desk as desk
