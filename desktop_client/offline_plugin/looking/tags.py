"""Which facts about a person or a place a file carries besides its pixels: names of tags, never their values.

None of them leaves the machine, as only pixels are shared; the list shows what is left behind.
DICOM PS3.15, table E.1-1 (attributes that a basic confidentiality profile takes out).
"""

from __future__ import annotations

import io
from typing import Any, Final, NamedTuple

from PIL import ExifTags, Image
from pydicom import Dataset

from desktop_client.offline_plugin import dicom
from desktop_client.offline_plugin.images import FORMATS, named_faults

_MAX_TAGS: Final = 200
_MAX_NAME: Final = 64
_PATIENT_GROUP: Final = 0x0010
_WORDS: Final = (
    "Patient", "Physician", "Operator", "Institution", "Person", "Name", "Address", "Telephone", "Date", "Time",
    "UID", "Accession", "StudyID", "Comment", "Description", "Station", "Device", "Serial", "Requesting", "Requested",
    "Referring", "Performed", "Admission", "Department", "Protocol", "History", "Text", "Identifi", "Identity",
)  # fmt: skip
_PICTURE_PARTS: Final = {
    "icc_profile": "ICC profile",
    "xmp": "XMP",
    "comment": "comment",
    "photoshop": "Photoshop data",
}


class Tag(NamedTuple):
    """Where a fact stands (``dicom``, ``private``, ``exif``, ``gps`` or ``text``) and what it is called."""

    group: str
    name: str


def dropped_tags(data: bytes) -> list[Tag]:
    """What a picture file says beside its pixels, at most 200 names.

    Raises:
        BadImage: the file is damaged.
    """
    with named_faults():
        found = _of_dicom(data) if dicom.is_dicom(data) else _of_picture(data)
    return found[:_MAX_TAGS]


def _of_dicom(data: bytes) -> list[Tag]:
    dataset = dicom.read_head(io.BytesIO(data))
    found: dict[Tag, None] = {}
    _collect(dataset, found)
    return list(found)


def _collect(dataset: Dataset, found: dict[Tag, None]) -> None:
    # Values are not looked at: damaged ones raise, and they are nobody's business here.
    for tag in dataset.keys():
        if tag.is_private:
            found[Tag("private", f"({tag.group:04x},{tag.element:04x})")] = None
            continue
        keyword = dicom.keyword(tag)
        if tag.group == _PATIENT_GROUP or any(word in keyword for word in _WORDS):
            found[Tag("dicom", keyword or f"({tag.group:04x},{tag.element:04x})")] = None


def _of_picture(data: bytes) -> list[Tag]:
    with Image.open(io.BytesIO(data), formats=FORMATS) as image:
        exif = image.getexif()
        found = [Tag("exif", _exif_name(tag, ExifTags.TAGS)) for tag in exif if tag not in _POINTERS]
        found += [Tag("exif", _exif_name(tag, ExifTags.TAGS)) for tag in exif.get_ifd(ExifTags.IFD.Exif)]
        found += [Tag("gps", _exif_name(tag, ExifTags.GPSTAGS)) for tag in exif.get_ifd(ExifTags.IFD.GPSInfo)]
        found += [Tag("text", name) for key, name in _PICTURE_PARTS.items() if key in image.info]
        texts: dict[str, Any] = getattr(image, "text", {})
        found += [Tag("text", _plain(key)) for key in texts]
    return list(dict.fromkeys(found))


_POINTERS: Final = frozenset({int(ExifTags.IFD.Exif), int(ExifTags.IFD.GPSInfo)})


def _exif_name(tag: int, names: dict[int, str]) -> str:
    return names.get(tag, f"0x{tag:04x}")


def _plain(name: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in name)[:_MAX_NAME]
