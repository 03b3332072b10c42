"""The data sets of the training benchmarks, as folders to import and as examples for a training loop.

bccd is real (see `datasets`); demo and look-alikes are drawn, once, into `.bench/` beside the sources.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks import look_alikes
from benchmarks.datasets import ROOT, dataset
from detector import pixels
from detector.domain import Annotation, LabelSet
from detector.pictures.dataset import Example
from gui import demo_pictures
from storage.formats import voc
from storage.formats.dataset import ExportedDataset, ExportedImage
from storage.records import Split

DRAWN = ROOT / ".bench" / "datasets"
DEMO_SEED = 3  # not that of the demo project, whose pictures a person labels
DEMO_COUNTS = {Split.TRAIN: 140, Split.VAL: 40, Split.TEST: 60}
LOOK_ALIKE_COUNTS = {Split.TRAIN: 180, Split.VAL: 30, Split.TEST: 40}


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """A data set with a fixed split, in Pascal VOC's layout.

    Attributes:
        folder: to import from.   examples: of each split, boxes in pixels of the picture.
    """

    name: str
    folder: Path
    labels: LabelSet
    examples: dict[Split, tuple[Example, ...]]

    @property
    def train(self) -> tuple[Example, ...]:
        return self.examples[Split.TRAIN]

    @property
    def val(self) -> tuple[Example, ...]:
        return self.examples[Split.VAL]

    @property
    def test(self) -> tuple[Example, ...]:
        return self.examples[Split.TEST]


def folder_of(name: str) -> Path:
    """Where a data set lies; a drawn one is drawn first (a minute or two). Ends the program where there is none."""
    return NAMES[name]()


def load(name: str) -> TrainingSet:
    """Read a data set as Boxloop's import reads it, so that peers train on the same boxes."""
    folder = folder_of(name)
    read = voc.read(folder)
    labels = LabelSet(tuple(range(1, len(read.class_names) + 1)), read.class_names)
    examples: dict[Split, list[Example]] = {split: [] for split in Split}
    for image in read.images:
        if image.split is not None and image.labelled:
            boxes = tuple(Annotation(one.box, read.class_names.index(one.class_name)) for one in image.boxes)
            examples[image.split].append(Example(image.path, pixels.inspect(image.path).size, boxes, image.name))
    return TrainingSet(name, folder, labels, {split: tuple(members) for split, members in examples.items()})


def draw_demo(folder: Path, counts: dict[Split, int] = DEMO_COUNTS) -> None:
    """The demo's blood smears, with their true boxes and a fixed split, as a Pascal VOC data set."""
    with tempfile.TemporaryDirectory() as made:
        images = []
        for index, split in enumerate(split for split, count in counts.items() for _ in range(count)):
            drawn = demo_pictures.draw(index, DEMO_SEED)
            name = f"smear-{index:03d}.jpg"
            drawn.image.save(Path(made) / name, "JPEG", quality=92, subsampling=0)
            size = demo_pictures.PICTURE_SIZE
            images.append(ExportedImage(Path(made) / name, name, size, split, drawn.truth))
        voc.write(folder, ExportedDataset(tuple(images), demo_pictures.CLASS_NAMES))


def _drawn(name: str, draw: Callable[[Path], None]) -> Path:
    """Drawn beside and moved into place, so that half a data set is never taken for a whole one."""
    folder = DRAWN / name
    if not folder.is_dir():
        beside = folder.with_name(f".{name}")
        shutil.rmtree(beside, ignore_errors=True)
        draw(beside)
        beside.rename(folder)
    return folder


def _bccd() -> Path:
    return dataset("bccd")


def _demo() -> Path:
    return _drawn("demo", draw_demo)


def _look_alikes() -> Path:
    return _drawn("look-alikes", lambda folder: look_alikes.write(folder, LOOK_ALIKE_COUNTS))


NAMES: dict[str, Callable[[], Path]] = {"bccd": _bccd, "demo": _demo, "look-alikes": _look_alikes}
