"""COCO: JSON files with images, categories and annotations; `bbox` is x, y, width, height in pixels.

Read are `annotations/instances_train.json` and the like, `_annotations.coco.json` in folders called train, valid and
test, and a single file. Ids need not be contiguous. The split is what the name of the JSON file or of its folder says.
"""

from __future__ import annotations

import json
import math
import shutil
from collections import defaultdict
from pathlib import Path, PurePosixPath
from typing import Any

from detector.domain import Box, ImageSize
from storage.errors import InvalidDataset
from storage.formats.dataset import DatasetImage, ExportedDataset, ExportedImage, ReadDataset, Skipped
from storage.formats.reading import BoxReader, Corners, Reading, split_named, split_of_folders
from storage.records import Split

# Beside instances_train2017.json the real COCO has these, which hold no boxes of their own.
_OTHER_TASKS = ("captions_", "person_keypoints_", "stuff_", "panoptic_", "image_info_")


def read(root: Path, *, split: Split | None = None) -> ReadDataset:
    """Read all COCO files below a folder, or one file; with `split`, all of it belongs there.

    Raises:
        InvalidDataset: there is no COCO file.
    """
    one_file = root.is_file()
    reading = Reading(_home(root) if one_file else root)
    texts = [root.resolve()] if one_file else [path for path in reading.files() if path.suffix.lower() == ".json"]
    if any(path.name.startswith("instances_") for path in texts):
        texts = [path for path in texts if not path.name.startswith(_OTHER_TASKS)]
    contents = [(path, content) for path in texts if (content := _content(reading, path)) is not None]
    if not contents:
        why = f" ({reading.skipped[0]})" if reading.skipped else ""
        raise InvalidDataset(f"{root} holds no COCO file: a .json with images, categories and annotations{why}")
    images: list[DatasetImage] = []
    names: dict[str, None] = {}
    for path, content in contents:
        file = _File(reading, path, content)
        names.update(dict.fromkeys(file.categories.values()))
        images += file.images(split)
    return ReadDataset(tuple(images), tuple(names), tuple(dict.fromkeys(reading.skipped)))


def write(folder: Path, dataset: ExportedDataset) -> None:
    """Write `images/` and `annotations/instances_<split>.json` (`instances.json` for images in no split).

    Ids are unique over all files; categories are numbered from 1 and the same in each.

    Raises:
        OSError: the folder cannot be written.
    """
    pictures, annotations = folder / "images", folder / "annotations"
    for made in (pictures, annotations):
        made.mkdir(parents=True, exist_ok=True)
    category_ids = {name: number for number, name in enumerate(dataset.class_names, start=1)}
    categories = [{"id": number, "name": name, "supercategory": ""} for name, number in category_ids.items()]
    image_ids = {image.name: number for number, image in enumerate(dataset.images, start=1)}
    next_box = 1
    for split in (*Split, None):
        members = dataset.of_split(split)
        if not members and (split is not None or dataset.images):
            continue
        boxes = [_annotation(image_ids[i.name], category_ids[n.class_name], n.box) for i in members for n in i.boxes]
        for number, box in enumerate(boxes, start=next_box):
            box["id"] = number
        next_box += len(boxes)
        listed = [_image(image, image_ids[image.name]) for image in members]
        content = {"info": {"description": "Boxloop export"}, "licenses": [], "categories": categories}
        text = json.dumps(content | {"images": listed, "annotations": boxes}, ensure_ascii=False, indent=1)
        name = f"instances_{split.value}.json" if split else "instances.json"
        (annotations / name).write_text(text, encoding="utf-8", newline="\n", errors="replace")
    for image in dataset.images:
        shutil.copyfile(image.path, pictures / image.name)


def side(start: float, end: float) -> float:
    """The width w for which `start + w` is `end` again, though `end - start` may be off in the last place.

    There is one for every `end` that single precision can hold; for a few others there is none, and the end comes back
    one unit of the last place away.
    """
    width = end - start
    if start + width == end:
        return width
    nearby = (math.nextafter(width, math.inf), math.nextafter(width, -math.inf))
    return next((w for w in nearby if start + w == end), width)


def _annotation(image_id: int, category_id: int, box: Box) -> dict[str, Any]:
    width, height = side(box.x1, box.x2), side(box.y1, box.y2)
    # The key "id" is first in the file, and filled in when all are known.
    return {
        "id": 0,
        "image_id": image_id,
        "category_id": category_id,
        "bbox": [box.x1, box.y1, width, height],
        "area": width * height,
        "iscrowd": 0,
        "segmentation": [],
    }


def _image(image: ExportedImage, number: int) -> dict[str, Any]:
    return {"id": number, "file_name": image.name, "width": image.size.width, "height": image.size.height}


def _home(file: Path) -> Path:
    """The folder of the data set that a single JSON file belongs to."""
    return file.parent.parent if file.parent.name.lower() == "annotations" else file.parent


def _content(reading: Reading, path: Path) -> dict[str, Any] | None:
    """The content of a COCO file; None for other JSON, reported where it cannot be read."""
    try:
        content = json.loads(path.read_bytes())
    except (ValueError, RecursionError, OSError) as error:
        reading.skip(path, f"this is no JSON that can be read ({error})", getattr(error, "lineno", None))
        return None
    if not isinstance(content, dict) or not isinstance(content.get("images"), list):
        return None
    if not all(isinstance(content.get(key, []), list) for key in ("annotations", "categories")):
        reading.skip(path, "annotations and categories must be lists")
        return None
    return content


class _File:
    """One COCO file: its categories, its annotations by image, and where its pictures lie."""

    def __init__(self, reading: Reading, path: Path, content: dict[str, Any]) -> None:
        self._reading, self._path, self._content = reading, path, content
        self._of_image: dict[Any, list[dict[str, Any]]] = defaultdict(list)
        self.categories: dict[Any, str] = {}
        for entry in self._entries("categories"):
            if _is_id(entry.get("id")) and isinstance(entry.get("name"), str) and entry["name"].strip():
                self.categories[entry["id"]] = entry["name"].strip()
            else:
                self._skip(f"category {entry!r:.80} needs an id and a name")
        for entry in self._entries("annotations"):
            key = entry.get("image_id")
            self._of_image[key if _is_id(key) else None].append(entry)

    def images(self, split: Split | None) -> list[DatasetImage]:
        known: set[Any] = set()
        found = []
        for entry in self._entries("images"):
            number, name = entry.get("id"), entry.get("file_name")
            if not _is_id(number) or not isinstance(name, str) or not name:
                self._skip(f"image {entry!r:.80} needs an id and a file_name")
                continue
            known.add(number)
            if image := self._image(entry, name, split):
                found.append(image)
        for number in self._of_image.keys() - known:
            self._skip(f"{len(self._of_image[number])} annotations belong to image {number}, which is not listed")
        return found

    def _image(self, entry: dict[str, Any], name: str, split: Split | None) -> DatasetImage | None:
        path = self._find(name)
        picture = self._reading.picture(path, self._path) if path else None
        if path is None or picture is None:
            return None
        boxes = BoxReader(self._reading, self._path, picture, _stated_size(entry))
        for annotation in self._of_image.get(entry["id"], ()):
            self._take(boxes, annotation, f"annotation {annotation.get('id')} of {name}: ")
        return boxes.image(path, split or self._split(name))

    def _take(self, boxes: BoxReader, annotation: dict[str, Any], where: str) -> None:
        place, category = annotation.get("bbox"), annotation.get("category_id")
        if not place:
            shape = annotation.get("segmentation")
            kind = "an RLE mask" if isinstance(shape, dict) else "a polygon" if shape else "nothing"
            return boxes.refuse(f"it has {kind} but no bbox; only boxes are read", where=where)
        corners = _corners(place)
        if corners is None:
            return boxes.refuse(f"bbox needs four numbers x, y, width, height, got {place!r:.80}", where=where)
        if not _is_id(category) or category not in self.categories:
            return boxes.refuse(f"category {category!r:.40} is not listed", where=where)
        return boxes.add(self.categories[category], corners, where=where)

    def _find(self, name: str) -> Path | None:
        root, here = self._reading.root, self._path.parent
        task = self._path.stem.partition("_")[2]  # instances_train2017.json -> train2017
        split = self._split(name)
        folders = [here, root, root / "images", *([root / task, root / "images" / task] if task else [])]
        folders += [root / split.value, root / "images" / split.value] if split else []
        candidates = [folder / name.replace("\\", "/") for folder in folders]
        if found := self._reading.first_file(*candidates):
            return found
        if any(not self._reading.is_inside(path) for path in candidates):
            self._skip(f"image {name!r} lies outside the data set; not followed")
        else:
            self._skip(f"image {name!r} is missing")
        return None

    def _split(self, name: str) -> Split | None:
        told = PurePosixPath(self._reading.told(self._path))
        inner = split_of_folders(PurePosixPath(name.replace("\\", "/")))
        return split_named(self._path.stem) or split_of_folders(told) or inner

    def _entries(self, key: str) -> list[dict[str, Any]]:
        return [entry for entry in self._content.get(key, []) if isinstance(entry, dict)]

    def _skip(self, reason: str) -> None:
        self._reading.skipped.append(Skipped(self._reading.told(self._path), None, reason))


def _is_id(value: object) -> bool:
    return isinstance(value, int | str) and not isinstance(value, bool)


def _corners(place: object) -> Corners | None:
    """xyxy of [x, y, width, height], or None."""
    if not isinstance(place, list) or len(place) != 4:
        return None
    if not all(isinstance(v, int | float) and not isinstance(v, bool) for v in place):
        return None
    try:
        x, y, width, height = (float(v) for v in place)
    except OverflowError:
        return None
    return (x, y, x + width, y + height)


def _stated_size(entry: dict[str, Any]) -> ImageSize | None:
    width, height = entry.get("width"), entry.get("height")
    if isinstance(width, int) and isinstance(height, int) and width > 0 and height > 0:
        return ImageSize(width, height)
    return None
