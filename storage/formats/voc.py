"""Pascal VOC: one XML file per picture.

Read are the layout of VOC itself (Annotations, JPEGImages, ImageSets/Main) and XML files beside their pictures.
Coordinates are taken as they stand, without VOC's "minus one", so that what is written reads back the same.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from xml.etree.ElementTree import Element, ElementTree, ParseError, SubElement, indent

import defusedxml.ElementTree
from defusedxml.common import DefusedXmlException

from detector.domain import ImageSize
from detector.pixels import UPLOAD_SUFFIXES
from storage.errors import InvalidDataset
from storage.formats.dataset import DatasetImage, ExportedDataset, ExportedImage, ReadDataset, class_names_of
from storage.formats.reading import BoxReader, Corners, Reading, has_picture_ending, split_of_folders
from storage.records import Split

_CORNERS = ("xmin", "ymin", "xmax", "ymax")
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def read(root: Path, *, split: Split | None = None) -> ReadDataset:
    """Read a VOC data set; with `split`, all of it belongs there, whatever its own lists say.

    Raises:
        InvalidDataset: there is no XML file, or `root` is not a folder.
    """
    reading = Reading(root)
    xmls = [path for path in reading.files() if path.suffix.lower() == ".xml"]
    if not xmls:
        raise InvalidDataset(f"{root} holds no .xml file; a VOC data set has one per picture, below Annotations")
    splits = _Splits(reading, xmls)
    images = [image for xml in xmls if (image := _read_one(reading, xml, split or splits.of(xml)))]
    images += _unlabelled(reading, images, splits, split)
    splits.report_unknown(images)
    return ReadDataset(tuple(images), class_names_of(images), tuple(dict.fromkeys(reading.skipped)))


def write(folder: Path, dataset: ExportedDataset) -> None:
    """Write Annotations, JPEGImages and ImageSets/Main into `folder`. Images in no split are in no list.

    Raises:
        OSError: the folder cannot be written.
    """
    annotations, pictures, lists = folder / "Annotations", folder / "JPEGImages", folder / "ImageSets" / "Main"
    for made in (annotations, pictures, lists):
        made.mkdir(parents=True, exist_ok=True)
    for image in dataset.images:
        shutil.copyfile(image.path, pictures / image.name)
        _xml_of(image).write(annotations / f"{image.stem}.xml", encoding="utf-8", xml_declaration=True)
    for split in Split:
        if members := dataset.of_split(split):
            text = "".join(f"{image.stem}\n" for image in members)
            (lists / f"{split.value}.txt").write_text(text, encoding="utf-8", newline="\n")


def _read_one(reading: Reading, xml: Path, split: Split | None) -> DatasetImage | None:
    try:
        data = xml.read_bytes()
        tree = defusedxml.ElementTree.fromstring(data)
    except (ParseError, DefusedXmlException, ValueError, LookupError, OSError) as error:
        reading.skip(xml, f"this is no XML that can be read ({error})")
        return None
    if tree.tag != "annotation":
        reading.skip(xml, f"its outermost element is <{tree.tag}>, not <annotation>")
        return None
    path = _picture_of(reading, xml, (tree.findtext("filename") or "").strip())
    picture = reading.picture(path, xml) if path else None
    if path is None or picture is None:
        return None
    boxes = BoxReader(reading, xml, picture, _stated_size(tree))
    for element, line in _objects(tree, data):
        _take(boxes, element, line)
    return boxes.image(path, split)


def _objects(tree: Element, data: bytes) -> Iterator[tuple[Element, int | None]]:
    """Each object with the line it begins on; None where the text cannot be counted (comments, UTF-16)."""
    elements = tree.findall("object")
    starts = [data.count(b"\n", 0, found.start()) + 1 for found in re.finditer(rb"<object[\s>]", data)]
    lines: list[int | None] = [*starts] if len(starts) == len(elements) else [None] * len(elements)
    return zip(elements, lines, strict=True)


def _take(boxes: BoxReader, element: Element, line: int | None) -> None:
    place = element.find("bndbox")
    if place is None:
        return boxes.refuse("an object has no <bndbox>", line)
    texts = [(place.findtext(name) or "").strip() for name in _CORNERS]
    try:
        x1, y1, x2, y2 = (float(text) for text in texts)
    except ValueError:
        return boxes.refuse(f"a box needs four numbers {', '.join(_CORNERS)}, got {texts}", line)
    corners: Corners = (x1, y1, x2, y2)
    return boxes.add(element.findtext("name") or "", corners, line)


def _stated_size(tree: Element) -> ImageSize | None:
    """Many tools write 0 x 0 where they do not know."""
    try:
        return ImageSize(int(tree.findtext("size/width") or 0), int(tree.findtext("size/height") or 0))
    except ValueError:
        return None


def _picture_of(reading: Reading, xml: Path, named: str) -> Path | None:
    """The picture that an XML file is about: the one it names, else the one of its own name."""
    folders = _picture_folders(xml)
    if named and not all(reading.is_inside(folder / named) for folder in folders):
        reading.skip(xml, f"names {named!r}, which lies outside the data set; not followed")
        return None
    names = [named] if named else []
    names += [xml.stem + ending for suffix in UPLOAD_SUFFIXES for ending in (suffix, suffix.upper())]
    found = reading.first_file(*(folder / name for name in names for folder in folders))
    if found is None:
        reading.skip(xml, f"its picture {named or xml.stem!r} is missing")
    return found


def _picture_folders(xml: Path) -> list[Path]:
    """Where the pictures of an XML file may lie: JPEGImages beside its folder, or its own folder."""
    return [xml.parent.parent / "JPEGImages", xml.parent.parent / "images", xml.parent]


def _unlabelled(
    reading: Reading, images: list[DatasetImage], splits: _Splits, split: Split | None
) -> list[DatasetImage]:
    """Pictures that have no XML file: taken, but not as labelled."""
    stems = {image.path.parent / image.path.stem for image in images}
    found = []
    for path in reading.pictures():
        known = reading.was_taken(path) or path.parent / path.stem in stems or splits.has_xml(path.stem)
        if not known and reading.picture(path, path):
            found.append(DatasetImage(path, path.name, split or splits.of(path), labelled=False))
    return found


class _Splits:
    """What ImageSets/Main says: stem -> split. Without such lists, folders called train, valid and test count."""

    def __init__(self, reading: Reading, xmls: list[Path]) -> None:
        self._reading = reading
        self._stems = {path.stem for path in xmls}
        self._splits: dict[str, Split] = {}
        self._lines: list[tuple[Path, int, str]] = []
        homes = sorted({xml.parent.parent for xml in xmls} | {reading.root})
        for lists in (home / "ImageSets" / "Main" for home in homes):
            if reading.is_inside(lists):
                self._read(lists)

    def of(self, path: Path) -> Split | None:
        if self._splits:
            return self._splits.get(path.stem)
        return split_of_folders(PurePosixPath(self._reading.told(path)))

    def has_xml(self, stem: str) -> bool:
        return stem in self._stems

    def report_unknown(self, images: list[DatasetImage]) -> None:
        known = self._stems | {image.path.stem for image in images}
        for path, line, stem in self._lines:
            if stem not in known:
                self._reading.skip(path, f"names {stem!r}, of which there is neither a picture nor an .xml file", line)

    def _read(self, lists: Path) -> None:
        there = {split: lists / f"{split.value}.txt" for split in Split}
        named = {split: self._stems_in(path) for split, path in there.items() if path.is_file()}
        for split, stems in named.items():
            self._splits.update((stem, split) for stem in stems if stem not in self._splits)
        both = lists / "trainval.txt"
        if both.is_file() and not {Split.TRAIN, Split.VAL} <= named.keys():
            # What is not in the one list that there is belongs to the other.
            rest = Split.VAL if Split.TRAIN in named else Split.TRAIN
            self._splits.update((stem, rest) for stem in self._stems_in(both) if stem not in self._splits)

    def _stems_in(self, path: Path) -> list[str]:
        """One picture a line; VOC's own lists may have 1, 0 or -1 behind the name."""
        stems = []
        for number, text in enumerate(path.read_text("utf-8-sig", errors="replace").splitlines(), start=1):
            name = text.strip()
            if not name:
                continue
            if name not in self._stems:
                name = re.sub(r"\s+-?[01]$", "", name)
            if name not in self._stems and has_picture_ending(Path(name)):
                name = Path(name).stem
            stems.append(name)
            self._lines.append((path, number, name))
        return stems


def _xml_of(image: ExportedImage) -> ElementTree[Element]:
    top = Element("annotation")
    for tag, text in (("folder", "JPEGImages"), ("filename", image.name)):
        SubElement(top, tag).text = _in_xml(text)
    size = SubElement(top, "size")
    for tag, number in (("width", image.size.width), ("height", image.size.height), ("depth", 3)):
        SubElement(size, tag).text = str(number)
    for named in image.boxes:
        thing = SubElement(top, "object")
        for tag, text in (("name", _in_xml(named.class_name)), ("truncated", "0"), ("difficult", "0")):
            SubElement(thing, tag).text = text
        place = SubElement(thing, "bndbox")
        for tag, value in zip(_CORNERS, named.box.as_tuple(), strict=True):
            SubElement(place, tag).text = _number(value)
    indent(top)
    return ElementTree(top)


def _number(value: float) -> str:
    """Whole numbers without a point, since many readers expect them; others with every digit, so that none is lost."""
    return str(int(value)) if value == int(value) else repr(float(value))


def _in_xml(text: str) -> str:
    """XML has no way at all to write most control characters; they become a replacement character."""
    return _NOT_IN_XML.sub("\ufffd", text)
