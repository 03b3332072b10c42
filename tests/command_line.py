"""Boxloop's command line as a person calls it, and a small workspace with a trained model to call it on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.gui.labelled_project import draw

ROOT = Path(__file__).parent.parent
CLASSES = ("dark", "red")


@dataclass(frozen=True)
class Ended:
    """A command that has ended."""

    code: int
    out: str
    err: str

    @property
    def answer(self) -> dict[str, Any]:
        """The one JSON object on stdout; anything beside it fails."""
        found = json.loads(self.out)
        assert isinstance(found, dict)
        return found


def command(*words: str | Path) -> list[str]:
    return [sys.executable, "launch.py", *map(str, words)]


def environment(**changes: str) -> dict[str, str]:
    """Without what this machine's user may have set, and without a display, so that no browser is opened."""
    dropped = ("BOXLOOP_WORKSPACE", "BOXLOOP_PASSWORD", "DISPLAY", "WAYLAND_DISPLAY")
    return {**{k: v for k, v in os.environ.items() if k not in dropped}, **changes}


def boxloop(*words: str | Path, **variables: str) -> Ended:
    run = subprocess.run(
        command(*words),
        cwd=ROOT,
        env=environment(**variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    return Ended(run.returncode, run.stdout, run.stderr)


def write_coco(folder: Path, seeds: range) -> Path:
    """A COCO data set of drawn pictures; one more row in it has a box without an area."""
    folder.mkdir(parents=True)
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for seed in seeds:
        data, truth = draw(seed)
        (folder / f"{seed}.png").write_bytes(data)
        images.append({"id": seed, "file_name": f"{seed}.png", "width": 128, "height": 96})
        for kind, box in truth:
            bbox = [box.x1, box.y1, box.width, box.height]
            row = {"id": len(annotations) + 1, "image_id": seed, "category_id": kind + 1, "bbox": bbox}
            annotations.append({**row, "area": box.area, "iscrowd": 0})
    annotations.append(
        {"id": 9999, "image_id": seeds[0], "category_id": 1, "bbox": [5, 5, 0, 9], "area": 0, "iscrowd": 0}
    )
    categories = [{"id": n, "name": name} for n, name in enumerate(CLASSES, start=1)]
    content = {"images": images, "categories": categories, "annotations": annotations}
    (folder / "labels.json").write_text(json.dumps(content), "utf-8")
    return folder


@dataclass(frozen=True)
class TrainedWorkspace:
    """A workspace with a project that was imported and trained by the command line, and what the commands said."""

    root: Path
    project: str
    pictures: Path
    imported: Ended
    trained: Ended


def make_trained(folder: Path) -> TrainedWorkspace:
    root, project = folder / "workspace", "shapes"
    everywhere = ("--workspace", root, "--project", project, "--json")
    for split, seeds in {"val": range(10, 14), "test": range(20, 23)}.items():
        data = write_coco(folder / split, seeds)
        assert boxloop("import", *everywhere, "--format", "coco", data, "--split", split).code == 0
    pictures = write_coco(folder / "train", range(10))
    imported = boxloop("import", *everywhere, "--format", "coco", pictures, "--split", "train")
    trained = boxloop("train", *everywhere, "--epochs", "2")
    return TrainedWorkspace(root, project, pictures, imported, trained)
