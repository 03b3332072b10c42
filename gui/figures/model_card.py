"""On what figures rest: which model, what it learnt from, which images, which settings. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from detector.measuring.coco_figures import LIMIT
from gui.figures.examining import SPLIT_NAMES, Examined
from gui.wording import count
from storage.records import ModelVersion

PRESET_NAMES = {"retinanet-lite": "Lite network", "retinanet-r50-v2": "ResNet-50 network"}
DIGEST = 8  # characters that tell snapshots apart well enough


@dataclass(frozen=True, slots=True)
class Fact:
    name: str
    text: str


def model_card(examined: Examined, threshold: float) -> list[Fact]:
    """What somebody needs who wants to repeat the figures.

    Args:
        threshold: from which boxes of classes without one of their own are shown.
    """
    model = examined.model
    classes = count(len(examined.labels), "class", "classes")
    return [
        Fact("Model", _model(model)),
        Fact("Learnt from", _learnt_from(model)),
        Fact("Measured on", f"{measured_on(examined)}, in {classes}, as they are labelled now"),
        Fact(
            "Settings",
            f"AP and AR are COCO's: overlaps (IoU) of 50 to 95 %, the best {LIMIT} boxes of a class in an image, "
            f"scores from {_lowest(model):.2f} up. Boxes are shown from the model's thresholds up, {threshold:.2f} "
            "for classes without one of their own.",
        ),
    ]


def title(model: ModelVersion) -> str:
    """`v3`, or `v3 night shift` where somebody gave it a name."""
    return f"v{model.number} {model.name}".strip()


def _model(model: ModelVersion) -> str:
    parts = [title(model), PRESET_NAMES.get(model.preset, model.preset)]
    if size := model.meta.get("input_size"):
        parts.append(f"{size[0]} × {size[1]} pixels")
    made = model.created_at.astimezone()
    return ", ".join([*parts, f"of {made.day} {made:%B %Y}"])


def _learnt_from(model: ModelVersion) -> str:
    trained, judged, boxes = (model.metrics.get(key) for key in ("train_images", "val_images", "boxes"))
    snapshot = f"snapshot {model.snapshot_digest[:DIGEST]}"
    if trained is None:
        return snapshot
    held = "" if judged is None else f", and {count(judged, 'validation image')} to choose its best moment"
    drawn = "" if boxes is None else f"; {count(boxes, 'box', 'boxes')} on all of them"
    return f"{count(trained, 'image')}{held}{drawn} ({snapshot})"


def measured_on(examined: Examined) -> str:
    """`44 validation images with 512 true boxes`."""
    splits = {image.split for image in examined.images}
    [split] = splits if len(splits) == 1 else [None]
    kind = f"{SPLIT_NAMES[split]} image" if split is not None else "image"
    return f"{count(len(examined.images), kind)} with {count(len(examined.truths), 'true box', 'true boxes')}"


def _lowest(model: ModelVersion) -> float:
    return float(model.meta.get("score_threshold", 0.01))
