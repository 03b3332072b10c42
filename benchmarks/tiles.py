"""Small objects on large pictures, with tiles and without: `training.fit` alone, cold, one after the other.

    python -m benchmarks.tiles [--minutes 3] [--seed 0] [--pictures 24] [--size 2400x1800] [--side 28] [--tile 384]
                               [--out FILE]

Drawn here, so that the truth is known: rings, discs and crosses of about `--side` pixels among specks of other shapes
on an uneven ground with the noise of a sensor. Each run has the same minutes, and is looked at on the same test
pictures. The run without tiles is what Boxloop plans by itself: its canvas is enlarged as far as it goes.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from detector.domain import Annotation, Box, ImageSize, LabelSet
from detector.learning.training import fit
from detector.measuring.box_columns import Found, Truths
from detector.measuring.evaluation import evaluate
from detector.models.predictor import Predictor
from detector.pictures.dataset import Example
from detector.runs import TrainConfig

KINDS = ("ring", "disc", "cross")
LABELS = LabelSet((1, 2, 3), KINDS)
OBJECTS, SPECKS = (25, 45), 250  # of a picture
CLEAR = 1.6  # sides from the middle of an object to the next


def draw(path: Path, size: ImageSize, side: float, seed: str) -> Example:
    """A picture with its objects, written as JPEG."""
    rng = random.Random(seed)
    grain = np.random.default_rng(rng.randrange(2**32))
    ground = Image.fromarray(grain.integers(150, 215, (8, 10, 3)).astype(np.uint8)).resize((size.width, size.height))
    pen = ImageDraw.Draw(ground)
    for _ in range(SPECKS):
        x, y, r = rng.uniform(0, size.width), rng.uniform(0, size.height), side * rng.uniform(0.1, 0.6)
        pen.line((x - r, y, x + r, y + rng.uniform(-r, r)), fill=_colour(rng), width=max(1, round(side / 9)))
    annotations: list[Annotation] = []
    while len(annotations) < rng.randint(*OBJECTS):
        own = side * rng.uniform(0.75, 1.3)
        x, y = rng.uniform(0, size.width - own), rng.uniform(0, size.height - own)
        middles = [((a.box.x1 + a.box.x2) / 2, (a.box.y1 + a.box.y2) / 2) for a in annotations]
        if any(abs(x + own / 2 - a) < CLEAR * side and abs(y + own / 2 - b) < CLEAR * side for a, b in middles):
            continue
        label = rng.randrange(len(KINDS))
        _object(pen, KINDS[label], x, y, own, _colour(rng))
        annotations.append(Annotation(Box(x, y, x + own, y + own), label))
    noisy = np.asarray(ground.filter(ImageFilter.GaussianBlur(0.8)), np.int16)
    noisy = noisy + grain.normal(0, 9, (size.height, size.width, 1)).astype(np.int16)
    Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(path, "JPEG", quality=92)
    return Example(path, size, tuple(annotations), path.stem)


def _colour(rng: random.Random) -> tuple[int, int, int]:
    return rng.randint(30, 130), rng.randint(30, 130), rng.randint(30, 130)


def _object(pen: ImageDraw.ImageDraw, kind: str, x: float, y: float, side: float, colour: tuple[int, int, int]) -> None:
    corners, wide = (x, y, x + side, y + side), max(2, round(side / 5))
    if kind == "ring":
        pen.ellipse(corners, outline=colour, width=wide)
    elif kind == "disc":
        pen.ellipse(corners, fill=colour)
    else:
        middle_x, middle_y = x + side / 2, y + side / 2
        pen.line((x, middle_y, x + side, middle_y), fill=colour, width=wide)
        pen.line((middle_x, y, middle_x, y + side), fill=colour, width=wide)


def measure(data: dict[str, list[Example]], tile_size: int, minutes: float, seed: int, work: Path) -> dict[str, Any]:
    """Train and look at the test pictures. `tile_size` is 0 for whole pictures."""
    config = TrainConfig(seed=seed, max_seconds=60 * minutes, tile_size=tile_size)
    began = time.monotonic()
    result = fit(data["train"], data["val"], LABELS, config, folder=work)
    seconds = time.monotonic() - began
    row: dict[str, Any] = {"seconds": round(seconds), "val_ap50": result.ap50, "notes": list(result.notes)}
    if result.folder is None:
        return row
    predictor = Predictor(result.folder)
    each, found = [], []
    for example in data["test"]:
        began = time.monotonic()
        found.append(next(predictor.predict([example.path])).predictions)
        each.append(time.monotonic() - began)
    truths = Truths.of([example.annotations for example in data["test"]])
    figures = evaluate(truths, Found.of(found), [example.size for example in data["test"]], LABELS)
    tiling = predictor.meta.tiling
    canvas = predictor.meta.spec.canvas
    return row | {
        "ap": figures.ap,
        "ap50": figures.ap50,
        "canvas": [canvas.width, canvas.height],
        "tiling": None if tiling is None else tiling.to_json(),
        "tiles_a_picture": 1 if tiling is None else len(tiling.tiles(data["test"][0].size)),
        "seconds_a_picture": round(statistics.median(each), 3),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=3.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--pictures", type=int, default=24, help="to learn from; half as many to check and to test on")
    parser.add_argument("--size", default="2400x1800")
    parser.add_argument("--side", type=float, default=28.0)
    parser.add_argument("--tile", type=int, default=384, help="width of the tiles; what the plan proposes for the rest")
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    width, height = map(int, given.size.split("x"))
    with tempfile.TemporaryDirectory(prefix="boxloop-bench-") as made:
        folder = Path(made)
        counts = {"train": given.pictures, "val": max(4, given.pictures // 4), "test": max(4, given.pictures // 2)}
        data = {
            split: [
                draw(
                    folder / f"{split}{number}.jpg",
                    ImageSize(width, height),
                    given.side,
                    f"{given.seed}/{split}/{number}",
                )
                for number in range(count)
            ]
            for split, count in counts.items()
        }
        rows = {}
        for name, tile_size in (("whole pictures", 0), ("tiles", given.tile)):
            rows[name] = measure(data, tile_size, given.minutes, given.seed, folder / name.replace(" ", "-"))
            shown = {key: value for key, value in rows[name].items() if key != "notes"}
            print(name, json.dumps(shown))
    if given.out is not None:
        given.out.parent.mkdir(parents=True, exist_ok=True)
        given.out.write_text(json.dumps(rows, indent=1), "utf-8")


if __name__ == "__main__":
    main()
