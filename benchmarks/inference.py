"""How long predicting takes, and whether its boxes are those of the plain network: `python -m benchmarks.inference`.

- One picture of 640 x 640 pixels, as a picture in memory and as a JPEG file, against torchvision in eager float32 with
  its own transform and post-processing, the same classes and score threshold: `retinanet_resnet50_fpn_v2` for the large
  preset, torchvision's RetinaNet with the same body, pyramid and nine-anchor head for the small one, which is slower
  than the head of new models. Both sides take turns; medians.
- All pictures of a folder after a retraining: cold (read, trunk, rest) against a new head on kept features, for
  640 x 480 pictures and for photographs of 12 megapixels.
- How far boxes are from those of the plain network, on BCCD where it is at hand, else on drawn pictures.

Weights are random but for the small preset's body, which does for times. `--model FOLDER` measures agreement on a
trained model as well. About ten minutes on two cores.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torchvision.models.detection import retinanet_resnet50_fpn_v2
from torchvision.transforms.v2 import functional as transform

from benchmarks.agreement import agreement, plainly
from benchmarks.datasets import folder_of
from benchmarks.peer_network import Shape, classic
from benchmarks.results import keep, table
from detector import devices, pixels
from detector.architectures.interface import NetworkSpec
from detector.architectures.registry import build, build_pretrained
from detector.architectures.retinanet import RetinaNet
from detector.domain import ImageSize, LabelSet
from detector.features.feature_cache import FeatureCache
from detector.models.checkpoints import Meta, load_model, save_model
from detector.models.precision import quicker_precision
from detector.models.predictor import Predictor
from detector.runs import Preset

SIDE = 640
LABELS = LabelSet((1, 2, 3), ("a", "b", "c"))
SIZES = {"640 x 480": ImageSize(640, 480), "12 megapixels": ImageSize(4032, 3024)}
CANVASES = {Preset.LITE: ImageSize(384, 288), Preset.R50_V2: ImageSize(640, 480)}  # of BCCD; of the large preset
SPREAD = {Preset.LITE: 4, Preset.R50_V2: 1}  # times the weights of a new head, for scores of all sizes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9, help="turns of each side")
    parser.add_argument("--pictures", type=int, default=16, help="in the folder that is predicted anew")
    parser.add_argument("--model", type=Path, action="append", default=[], help="a trained model's folder")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(Path(folder), options.rounds, options.pictures, options.model)
    keep("inference", figures)
    for part in ("one_picture", "after_retraining", "agreement"):
        rows = figures[part]
        print(table(list(rows[0]), [list(row.values()) for row in rows]), end="\n\n")


def measure(folder: Path, rounds: int, pictures: int, models: Iterable[Path] = ()) -> dict[str, Any]:
    """All figures; seconds. Files are written below `folder`."""
    torch.manual_seed(0)
    kept = {preset: saved(folder / str(preset), preset, ImageSize(SIDE, SIDE)) for preset in Preset}
    return {
        "threads": torch.get_num_threads(),
        "precision": str(quicker_precision(devices.resolve("auto"))).removeprefix("torch."),
        "one_picture": [row for preset in Preset for row in one_picture(folder, preset, kept[preset], rounds)],
        "after_retraining": [after_retraining(folder, preset, name, pictures) for preset in Preset for name in SIZES],
        "agreement": [row for model in [*kept.values(), *models] for row in agreements(folder, model)],
    }


def saved(folder: Path, preset: Preset, canvas: ImageSize, trunk: RetinaNet | None = None, per_cell: int = 9) -> Path:
    """A model folder of a network with a new head; with the trunk of another network where that is given."""
    spec = NetworkSpec(preset, len(LABELS), canvas, per_cell=per_cell)
    network = build_pretrained(spec, LABELS) if preset is Preset.LITE else build(spec)
    if trunk is not None:
        network.body.load_state_dict(trunk.body.state_dict())
        if preset is Preset.R50_V2:
            network.fpn.load_state_dict(trunk.fpn.state_dict())
    with torch.no_grad():
        network.head.classification_head.cls_logits.weight.mul_(SPREAD[preset])
    save_model(network, Meta(spec, LABELS), folder)
    return folder


def one_picture(folder: Path, preset: Preset, model: Path, rounds: int) -> list[dict[str, Any]]:
    """Seconds for one picture in memory, and for one in a file."""
    device = devices.resolve("auto")
    peer, predictor = _peer(preset).eval().to(device), Predictor(model)
    picture = drawn(ImageSize(SIDE, SIDE), 0)
    file = folder / "one.jpg"
    picture.save(file, quality=90)
    values = transform.to_dtype(transform.pil_to_tensor(picture), torch.float32, scale=True)

    @torch.inference_mode()
    def theirs(image: Tensor) -> None:
        peer([image.to(device)])

    def theirs_from_file() -> None:
        with Image.open(file) as opened:
            theirs(transform.to_dtype(transform.pil_to_tensor(opened.convert("RGB")), torch.float32, scale=True))

    ways: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
        "in memory": (lambda: theirs(values), lambda: list(predictor.predict([picture]))),
        "JPEG file": (theirs_from_file, lambda: list(predictor.predict([file]))),
    }
    rows = []
    for name, (plain, ours) in ways.items():
        plain_seconds, our_seconds = in_turns(rounds, plain, ours)
        rows.append(
            {
                "preset": str(preset),
                "picture": name,
                "torchvision": plain_seconds,
                "boxloop": our_seconds,
                "times": plain_seconds / our_seconds,
            }
        )
    return rows


def _peer(preset: Preset) -> torch.nn.Module:
    if preset is Preset.LITE:
        small: torch.nn.Module = classic(Shape(len(LABELS), ImageSize(SIDE, SIDE), 32.0))
        return small
    made: torch.nn.Module = retinanet_resnet50_fpn_v2(
        weights=None,
        weights_backbone=None,
        num_classes=len(LABELS),
        min_size=SIDE,
        max_size=SIDE,
        score_thresh=0.01,
    )
    return made


def after_retraining(folder: Path, preset: Preset, size: str, pictures: int) -> dict[str, Any]:
    """Seconds a picture: cold, and with a new head on features that the model before has left in the cache."""
    canvas = CANVASES[preset]
    place = folder / f"{preset} {size}"
    per_cell = 1 if preset is Preset.LITE else 9  # as new models have it
    old = saved(place / "old", preset, canvas, per_cell=per_cell)
    new = saved(place / "new", preset, canvas, load_model(old)[0], per_cell)
    paths = []
    for number in range(pictures):
        paths.append(place / f"{number}.jpg")
        drawn(SIZES[size], number).save(paths[-1], quality=90)
    keys, sizes = [path.name for path in paths], [SIZES[size]] * pictures
    cache = FeatureCache(place / "features", left_free=0)
    list(Predictor(old, cache=cache).predict(paths, keys=keys))
    cold, warm = Predictor(new), Predictor(new, cache=cache)
    seconds = in_turns(
        5,
        lambda: list(cold.predict(paths)),
        lambda: list(warm.predict(paths, keys=keys, sizes=sizes)),
    )
    return {
        "preset": str(preset),
        "pictures": size,
        "canvas": f"{canvas.width} x {canvas.height}",
        "cold": seconds[0] / pictures,
        "kept features": seconds[1] / pictures,
        "times": seconds[0] / seconds[1],
    }


def agreements(folder: Path, model: Path) -> list[dict[str, Any]]:
    network, meta = load_model(model)
    predictor = Predictor(model, device="cpu")
    pairs = [(plainly(network, meta, one), next(predictor.predict([one])).predictions) for one in _real_pictures()]
    return [{"model": model.name, "scores from": least, **asdict(agreement(pairs, least))} for least in (0.05, 0.3)]


def _real_pictures(most: int = 16) -> list[Image.Image]:
    files = sorted((folder_of("bccd") / "JPEGImages").glob("*.jpg"))[:most]
    return [pixels.load(file) for file in files] or [drawn(ImageSize(640, 480), seed) for seed in range(most)]


def in_turns(rounds: int, *ways: Callable[[], object]) -> list[float]:
    """Median seconds of each way; they take turns, after a first one each that does not count."""
    spent: list[list[float]] = [[] for _ in ways]
    for turn in range(rounds + 1):
        for way, seconds in zip(ways, spent, strict=True):
            start = time.perf_counter()
            way()
            if turn:
                seconds.append(time.perf_counter() - start)
    return [statistics.median(seconds) for seconds in spent]


def drawn(size: ImageSize, seed: int) -> Image.Image:
    """A picture with large and small shapes and grain, about as large as a photograph when kept as JPEG."""
    rng = np.random.default_rng(seed)
    coarse = Image.fromarray(rng.integers(0, 256, (12, 16, 3), np.uint8)).resize(
        (size.width, size.height), Image.Resampling.BICUBIC
    )
    fine = Image.fromarray(rng.integers(0, 256, (96, 128, 3), np.uint8)).resize(coarse.size, Image.Resampling.NEAREST)
    values = np.asarray(Image.blend(coarse, fine, 0.3)).astype(np.int16)
    grain = rng.integers(-12, 13, (size.height, size.width, 1), np.int16)
    return Image.fromarray((values + grain).clip(0, 255).astype(np.uint8))


if __name__ == "__main__":
    main()
