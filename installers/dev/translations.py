#!/usr/bin/env python3
"""Keeps the translations of the window whole: one pair of Qt files (.ts, .qm) for each part of it and language.

    python installers/dev/translations.py update [AREA …]    read the sources again; new sentences are unfinished
    python installers/dev/translations.py missing AREA       print unfinished sentences as JSON: {"sentence": ""}
    python installers/dev/translations.py fill AREA FILE     take translations from such a JSON file, then release
    python installers/dev/translations.py release [AREA …]   compile the .qm files that the window loads
    python installers/dev/translations.py check              fail if a sentence is not translated, or a file is old

An area is a folder of ``desktop_client/ui/pages``, or ``frame`` for the rest. English needs files for plurals only.
A plural has a list of forms in JSON: two in English, one in Chinese.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
UI = ROOT / "desktop_client" / "ui"
FOLDER = UI / "translations"
LANGUAGES = ("en", "zh_CN")
Element = ElementTree.Element


def areas() -> dict[str, list[Path]]:
    """The sources of each area."""
    found = {"frame": sorted([*UI.glob("*.py"), *UI.glob("frame/*.py"), *UI.glob("widgets/**/*.py")])}
    found["frame"].append(UI / "pages" / "registry.py")
    for folder in sorted(path for path in (UI / "pages").iterdir() if (path / "__init__.py").exists()):
        found[folder.name] = sorted(folder.rglob("*.py"))
    return found


def main(arguments: list[str]) -> int:
    """The exit code: 0, or 1 for what ``check`` found, or 2 for a wrong call."""
    match arguments:
        case ["update", *names]:
            for name in names or areas():
                update(name, FOLDER)
        case ["missing", name]:
            print(
                json.dumps(
                    {lang: missing(FOLDER / f"{name}_{lang}.ts") for lang in LANGUAGES}, indent=1, ensure_ascii=False
                )
            )
        case ["fill", name, file]:
            fill(name, json.loads(Path(file).read_text(encoding="utf-8")))
        case ["release", *names]:
            for name in names or areas():
                release(name, FOLDER)
        case ["check"]:
            problems = list(check())
            print("\n".join(problems) or "every sentence is translated")
            return 1 if problems else 0
        case _:
            print(__doc__)
            return 2
    return 0


def update(name: str, folder: Path) -> None:
    """Bring the .ts files of an area up to date with its sources; what was translated stays."""
    for language in LANGUAGES:
        path = folder / f"{name}_{language}.ts"
        sources = [str(source.relative_to(ROOT)) for source in areas()[name]]
        plural = ["-pluralonly"] if language == "en" else []
        command = [tool("lupdate"), *sources, "-ts", str(path), "-source-language", "en", "-target-language", language]
        _run([*command, "-locations", "none", "-no-obsolete", *plural])


def release(name: str, folder: Path) -> None:
    """Compile the .qm files of an area."""
    for language in LANGUAGES:
        path = folder / f"{name}_{language}.ts"
        _run([tool("lrelease"), str(path), "-qm", str(path.with_suffix(".qm"))])


def missing(path: Path) -> dict[str, str | list[str]]:
    """Sentences that are not translated; plurals with a list to fill."""
    found: dict[str, str | list[str]] = {}
    for message, translation in messages(path):
        if translation.get("type") == "unfinished":
            forms = translation.findall("numerusform")
            found[source_of(message)] = ["" for _ in forms] if message.get("numerus") == "yes" else ""
    return found


def fill(name: str, given: dict[str, dict[str, str | list[str]]]) -> None:
    """Take translations by language and sentence, and compile."""
    for language in LANGUAGES:
        path = FOLDER / f"{name}_{language}.ts"
        tree = ElementTree.parse(path)
        for message in tree.iter("message"):
            translation, text = message.find("translation"), given.get(language, {}).get(source_of(message))
            if not text or translation is None:
                continue
            translation.attrib.pop("type", None)
            for form in translation.findall("numerusform"):
                translation.remove(form)
            if isinstance(text, str):
                translation.text = text
            else:
                translation.text = None
                for one in text:
                    ElementTree.SubElement(translation, "numerusform").text = one
        _write(tree, path)
    release(name, FOLDER)


def check() -> Iterator[str]:
    """What is wrong with the files as they lie there; nothing is changed."""
    with tempfile.TemporaryDirectory() as scratch:
        for name in areas():
            for language in LANGUAGES:
                path, copy = FOLDER / f"{name}_{language}.ts", Path(scratch) / f"{name}_{language}.ts"
                if not path.exists() or not path.with_suffix(".qm").exists():
                    yield f"{name}: there is no {language} translation; run update, fill and release"
                    continue
                shutil.copy(path, copy)
            if not (Path(scratch) / f"{name}_zh_CN.ts").exists():
                continue
            update(name, Path(scratch))
            release(name, Path(scratch))
            for language in LANGUAGES:
                copy = Path(scratch) / f"{name}_{language}.ts"
                for sentence in missing(copy):
                    yield f"{name}: not translated to {language}: {sentence!r}"
                if copy.with_suffix(".qm").read_bytes() != (FOLDER / copy.name).with_suffix(".qm").read_bytes():
                    yield f"{name}: the compiled {language} file is old; run update and release"
    known = {f"{name}_{language}" for name in areas() for language in LANGUAGES}
    yield from (f"{path.name} belongs to no part of the window" for path in FOLDER.iterdir() if path.stem not in known)


def messages(path: Path) -> Iterator[tuple[Element, Element]]:
    """Every message of a .ts file with its translation."""
    for message in ElementTree.parse(path).iter("message"):
        translation = message.find("translation")
        if translation is not None:
            yield message, translation


def source_of(message: Element) -> str:
    """The English sentence of a message."""
    return message.findtext("source", "")


def tool(name: str) -> str:
    """The program of Qt as PySide6 brings it, beside this interpreter or on the path."""
    beside = Path(sys.executable).parent / f"pyside6-{name}"
    return str(beside) if beside.exists() else f"pyside6-{name}"


def _write(tree: ElementTree.ElementTree, path: Path) -> None:
    body = ElementTree.tostring(tree.getroot(), encoding="unicode")
    path.write_text(f'<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n{body}\n', encoding="utf-8")


def _run(command: list[str]) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
