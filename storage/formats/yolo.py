"""YOLO: one text file per picture, a row `class x_centre y_centre width height` per box, as shares of the picture.

`data.yaml` gives names (list or mapping) and splits (a folder, a list of them, or a .txt that lists pictures). Without
it `classes.txt` gives the names, and folders called train, valid and test the splits. A picture with an empty text
file shows nothing; one without a text file was not labelled.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from storage.errors import InvalidDataset
from storage.formats.dataset import DatasetImage, ExportedDataset, ExportedImage, ReadDataset, class_names_of
from storage.formats.reading import BoxReader, Reading, has_picture_ending, is_junk, split_of_folders
from storage.records import Split

_KEYS = {"train": Split.TRAIN, "val": Split.VAL, "valid": Split.VAL, "validation": Split.VAL, "test": Split.TEST}
_UNASSIGNED = "unassigned"
_LARGEST_YAML = 4_000_000  # bytes; such files are a page long


def read(root: Path, *, split: Split | None = None) -> ReadDataset:
    """Read a folder with its data.yaml, or that file itself; with `split`, all of it belongs there.

    Raises:
        InvalidDataset: there is no picture, or data.yaml cannot be read.
    """
    config = root.resolve() if root.is_file() else None
    reading = Reading(root.parent if root.is_file() else root)
    config = config or _find_yaml(reading)
    settings = _settings(config) if config else {}
    names = _names(reading, config, settings)
    listed: dict[Path, Split | None] = dict(_listed(reading, config, settings)) if config else {}
    for path in reading.pictures():
        listed.setdefault(path.resolve(), split_of_folders(PurePosixPath(reading.told(path))))
    if not listed:
        raise InvalidDataset(f"{root} holds no picture; a YOLO data set has images and labels, and a data.yaml")
    images = [image for path, own in listed.items() if (image := _read_one(reading, path, split or own, names))]
    known = dict.fromkeys([*names.values(), *class_names_of(images)])
    return ReadDataset(tuple(images), tuple(known), tuple(dict.fromkeys(reading.skipped)))


def write(folder: Path, dataset: ExportedDataset) -> None:
    """Write data.yaml, `images/<split>/` and `labels/<split>/`. Images in no split lie in `unassigned`, which
    data.yaml does not name.

    Raises:
        OSError: the folder cannot be written.
    """
    numbers = {name: number for number, name in enumerate(dataset.class_names)}
    content: dict[str, Any] = {"path": "."}
    for split in (*Split, None):
        members = dataset.of_split(split)
        place = split.value if split else _UNASSIGNED
        if split in (Split.TRAIN, Split.VAL) or (split and members):
            content[place] = f"images/{place}"  # trainers insist on train and val, be they empty
        elif not members:
            continue
        pictures, labels = folder / "images" / place, folder / "labels" / place
        for made in (pictures, labels):
            made.mkdir(parents=True, exist_ok=True)
        for image in members:
            shutil.copyfile(image.path, pictures / image.name)
            (labels / f"{image.stem}.txt").write_text(_rows(image, numbers), encoding="utf-8", newline="\n")
    content["names"] = {number: name for name, number in numbers.items()}
    text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False)
    (folder / "data.yaml").write_text(text, encoding="utf-8", newline="\n", errors="replace")


def _rows(image: ExportedImage, numbers: dict[str, int]) -> str:
    """Fifteen decimals: less than 1e-10 pixels are lost on the largest picture."""
    rows = []
    for named in image.boxes:
        box, width, height = named.box, image.size.width, image.size.height
        shares = ((box.x1 + box.x2) / 2 / width, (box.y1 + box.y2) / 2 / height, box.width / width, box.height / height)
        rows.append(" ".join([str(numbers[named.class_name]), *(f"{share:.15f}" for share in shares)]))
    return "".join(f"{row}\n" for row in rows)


def _find_yaml(reading: Reading) -> Path | None:
    """data.yaml, or another YAML file at the top of the data set that gives names."""
    there = sorted(path for path in reading.root.iterdir() if path.suffix.lower() in {".yaml", ".yml"})
    there = [path for path in there if not is_junk(path.name) and reading.is_inside(path)]
    there.sort(key=lambda path: path.stem.lower() not in {"data", "dataset"})
    for path in there:
        if path.stem.lower() in {"data", "dataset"} or "names" in _settings(path):
            return path
    return None


def _settings(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _LARGEST_YAML:
            raise InvalidDataset(f"{path.name} is too large to be the description of a data set")
        content = yaml.safe_load(path.read_text("utf-8-sig"))
    except (yaml.YAMLError, ValueError, RecursionError, OSError) as error:
        raise InvalidDataset(f"{path.name} cannot be read: {' '.join(str(error).split())}") from error
    if not isinstance(content, dict):
        raise InvalidDataset(f"{path.name} must hold keys such as names, train and val")
    return content


def _names(reading: Reading, config: Path | None, settings: dict[str, Any]) -> dict[int, str]:
    """Class number -> name."""
    names = settings.get("names")
    if isinstance(names, dict):
        numbered = {str(key).strip(): str(name).strip() for key, name in names.items()}
        if config and (odd := [key for key in numbered if not key.isdecimal()]):
            reading.skip(config, f"names are keyed by {odd[0]!r}, which is no class number")
        return {int(key): name for key, name in sorted(numbered.items()) if key.isdecimal() and name}
    if isinstance(names, list):
        return {number: str(name).strip() for number, name in enumerate(names) if str(name).strip()}
    places = [
        folder / "classes.txt" for folder in (reading.root, reading.root / "labels", reading.root / "annotations")
    ]
    found = reading.first_file(*places)
    lines = found.read_text("utf-8-sig", errors="replace").splitlines() if found else []
    return {number: line.strip() for number, line in enumerate(lines) if line.strip()}


def _listed(reading: Reading, config: Path, settings: dict[str, Any]) -> Iterator[tuple[Path, Split]]:
    """The pictures that data.yaml names, with their split."""
    base = settings.get("path")
    for key, split in _KEYS.items():
        entries = settings.get(key)
        for entry in entries if isinstance(entries, list) else [entries] if entries else []:
            place = _place(reading, config.parent, base, str(entry))
            if place is None:
                reading.skip(config, f"{key}: {str(entry)!r} is not in the data set's folder")
            elif place.is_dir():
                yield from ((path.resolve(), split) for path in reading.pictures(place))
            else:
                yield from ((path, split) for path in _pictures_in_list(reading, place))


def _place(reading: Reading, home: Path, base: object, entry: str) -> Path | None:
    """Where a folder or list of data.yaml lies.

    `path` often names a folder of another machine, and some tools write `../train/images` for what lies beside
    data.yaml: what such a text leaves when its way out is taken off is looked for below data.yaml.
    """
    inner = "/".join(part for part in PurePosixPath(entry.replace("\\", "/")).parts if part not in {"..", ".", "/"})
    candidates = [home / str(base) / entry] if isinstance(base, str) else []
    candidates += [home / entry, home / inner]
    return next((path for path in candidates if reading.is_inside(path) and path.exists()), None)


def _pictures_in_list(reading: Reading, place: Path) -> Iterator[Path]:
    for number, text in enumerate(place.read_text("utf-8-sig", errors="replace").splitlines(), start=1):
        if not (name := text.strip()):
            continue
        found = reading.first_file(place.parent / name, reading.root / name)
        if found is None:
            reading.skip(place, f"picture {name!r} is missing or lies outside the data set", number)
        elif has_picture_ending(found):
            yield found.resolve()


def _read_one(reading: Reading, path: Path, split: Split | None, names: dict[int, str]) -> DatasetImage | None:
    picture = reading.picture(path, path)
    if picture is None:
        return None
    labels = reading.first_file(*_label_places(path))
    if labels is None:
        return DatasetImage(path, path.name, split, labelled=False)
    boxes = BoxReader(reading, labels, picture)
    try:
        lines = labels.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        boxes.refuse("this is no text file that can be read")
        lines = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            _take(boxes, line.split(), number, names)
    return boxes.image(path, split)


def _label_places(picture: Path) -> Iterator[Path]:
    """The same place below `labels` instead of the last `images`, else beside the picture."""
    parts = list(picture.parts)
    for index in range(len(parts) - 2, 0, -1):
        if parts[index].lower() == "images":
            yield Path(*parts[:index], "labels", *parts[index + 1 :]).with_suffix(".txt")
            break
    yield picture.with_suffix(".txt")


def _take(boxes: BoxReader, words: list[str], line: int, names: dict[int, str]) -> None:
    if len(words) > 6:
        return boxes.refuse(f"a row of {len(words)} values is a polygon; only boxes of 5 values are read", line)
    try:
        number, x, y, width, height = (float(word) for word in words[:5])  # a sixth value is a score
    except ValueError:
        return boxes.refuse(f"a row needs class, x, y, width, height, got {' '.join(words)!r:.80}", line)
    if number < 0 or number != int(number if abs(number) < 1e9 else -1):
        return boxes.refuse(f"a class number is a whole number from 0, got {words[0]!r:.40}", line)
    name = names.get(int(number)) if names else f"class {int(number)}"
    if name is None:
        return boxes.refuse(f"class {int(number)} has no name; there are {len(names)} names", line)
    size = boxes.picture.size
    left, top = (x - width / 2) * size.width, (y - height / 2) * size.height
    return boxes.add(name, (left, top, left + width * size.width, top + height * size.height), line)
