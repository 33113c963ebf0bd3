"""In a process of its own: splitting opens no socket, starts no program, and needs no more memory for more images."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

from tests.contract.repository import ROOT, dotted_name, python_files, syntax_tree
from tests.unit.offline_plugin.pictures import dicom_file, folder_of_classes, grey, save

SCRIPT = """
import sys
from pathlib import Path

FORBIDDEN = ("socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.fork", "urllib.", "http.",
             "ftplib.", "smtplib.", "webbrowser.", "ctypes.dlopen")
seen = []

def watch(event, args):
    if event.startswith(FORBIDDEN):
        seen.append(event)

from desktop_client.offline_plugin import contact_sheet, plugin
from desktop_client.offline_plugin.encode import Encoding
from common.crypto.rng import SystemRandom
from common.crypto.sealing import SealingKey
from common.crypto.signing import SigningKey

for name in sys.modules:
    assert name.partition(".")[0] not in ("aiohttp", "PySide6", "torch"), name
assert not any(name.startswith("common.net") for name in sys.modules)

sys.addaudithook(watch)
rng = SystemRandom()
read = plugin.ReadOptions(Encoding(8, 8))
options = plugin.SplitOptions(read, "x", "alice", "2026-01-31T12:00:00Z")
keys = plugin.SplitKeys(SigningKey.generate(rng), SealingKey.generate(rng).public, SealingKey.generate(rng).public)
report = plugin.split_images(Path(sys.argv[1]), options, keys, Path(sys.argv[2]), rng)
images = plugin.read_images(Path(sys.argv[1]), read, limit=3)
rows = contact_sheet.sheet_rows(images.array, images.labels, images.names, 8, rng)
contact_sheet.save_sheet(rows, Path(sys.argv[3]))
print(report.count, len(report.refused), seen)
"""

FLAT = """
import resource
import sys
from pathlib import Path

from desktop_client.offline_plugin.plugin import ReadOptions, split_images
from desktop_client.offline_plugin.encode import Encoding
from tests.helpers.seeded import SeededRandom
from tests.unit.offline_plugin.pictures import KEYS, options

root = Path(sys.argv[1])
for count in (300, 3000):
    made = options(ReadOptions(Encoding(64, 64, 3)))
    split_images(root / f"{count}.csv", made, KEYS, root / f"out-{count}", SeededRandom())
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def run(script: str, *arguments: str) -> str:
    """What a script says in a Python of its own that turns warnings into errors."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_splitting_opens_no_socket_and_starts_no_program(tmp_path: Path) -> None:
    root = folder_of_classes(tmp_path / "in", 3)
    dicom_file(root / "a" / "scan.dcm", grey())
    (root / "b" / "bad.dcm").write_bytes(bytes(128) + b"DICM")
    targets = [str(tmp_path / name) for name in ("in", "out", "sheet.png")]
    assert run(SCRIPT, *targets) == "10 1 []\n"


def test_splitting_ten_times_the_images_needs_no_more_memory(tmp_path: Path) -> None:
    """The process's own peak, decoders and all: 3,000 images are 37 MB of pixels and twice that in shares."""
    picture = save(tmp_path / "one.bmp", grey(64, 64))
    for index in range(3000):
        (tmp_path / f"{index}.bmp").hardlink_to(picture)
    for count in (300, 3000):
        rows = "".join(f"{index}.bmp,{index % 2}\n" for index in range(count))
        (tmp_path / f"{count}.csv").write_text(f"file,label\n{rows}")
    few, many = (int(line) * 1024 for line in run(FLAT, str(tmp_path)).split())
    assert many - few < 10_000_000


def test_plugin_asks_no_clock() -> None:
    """Nothing in a bundle may tell when it was made but the time the owner states."""
    for path in python_files("desktop_client/offline_plugin", "common/sharing"):
        for node in ast.walk(syntax_tree(path)):
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = {alias.name for alias in node.names} | {getattr(node, "module", None)}
                assert not names & {"time", "random", "secrets"}, path
            if isinstance(node, ast.Attribute):
                assert dotted_name(node) not in {"datetime.now", "datetime.utcnow", "date.today"}, path
