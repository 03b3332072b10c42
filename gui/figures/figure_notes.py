"""What somebody should know before they trust figures: few images, labels that models drew, what was left out. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from detector.learning.judging import is_flattering
from detector.measuring.coco_figures import LIMIT
from detector.measuring.evaluation import Evaluation
from gui.figures.examining import Examined
from gui.figures.thresholding import USUAL, own_advice
from gui.wording import count, joined, share
from storage.records import ModelVersion, Split

FEW_IMAGES, SOME_IMAGES = 30, 100
MOST_NAMES = 5


class Tone(StrEnum):
    INFO = "info"
    WARN = "warn"


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence or two beside the figures. `remedy`: "predict" where looking at all images is what helps."""

    tone: Tone
    text: str
    remedy: str = ""


def notes(examined: Examined, figures: Evaluation) -> list[Note]:
    """What weighs most first."""
    return [
        *_unadvised(examined.model),
        *_learnt_from(examined),
        *_few(examined),
        *_unseen(examined),
        *_by_models(examined),
        *_validation(examined),
        *_crowded(figures),
        *_without_truth(figures),
        *_nothing_there(figures),
    ]


def _unadvised(model: ModelVersion) -> list[Note]:
    checked = model.metrics.get("ap") is not None
    if model.thresholds is not None or own_advice(model) is not None or not checked:
        return []
    text = (
        f"v{model.number} found too little on its validation images for a threshold to be advised, so boxes are shown "
        f"from {USUAL:.2f} up, if any. Label more images and train again."
    )
    return [Note(Tone.WARN, text)]


def _learnt_from(examined: Examined) -> list[Note]:
    learnt = sum(image.split is Split.TRAIN for image in examined.images)
    if not learnt:
        return []
    whole = "These are" if learnt == len(examined.images) else f"{learnt:,} of these are"
    text = f"{whole} training images: the model has learnt from them, so they say little about how it does on new ones."
    return [Note(Tone.WARN, text)]


def _few(examined: Examined) -> list[Note]:
    images = len(examined.images)
    if images < FEW_IMAGES:
        text = "these figures can be off by 0.1 and more. Read them as a direction; label more images to trust them."
        return [Note(Tone.WARN, f"{count(images, 'image')} only: {text}")]
    if images < SOME_IMAGES:
        return [Note(Tone.INFO, f"{count(images, 'image')}: differences of 0.03 between versions may be chance.")]
    return []


def _unseen(examined: Examined) -> list[Note]:
    if not examined.unseen:
        return []
    are, them = ("is", "it") if examined.unseen == 1 else ("are", "them")
    model = f"v{examined.model.number}"
    text = f"{count(examined.unseen, 'more done image')} {are} left out: {model} has not looked at {them} yet."
    return [Note(Tone.WARN, text, "predict")]


def _by_models(examined: Examined) -> list[Note]:
    boxes = len(examined.truths)
    if not is_flattering(boxes, examined.by_models):
        return []
    text = (
        f"A model drew {share(examined.by_models / boxes)} of the true boxes. AP and AP75 flatter models that drew "
        "them. Trust AP50, or label a few test images without a model's help."
    )
    return [Note(Tone.WARN, text)]


def _validation(examined: Examined) -> list[Note]:
    if not any(image.split is Split.VAL for image in examined.images):
        return []
    text = "The best moment of the training was chosen on validation images, so figures on them flatter a little."
    return [Note(Tone.INFO, f"{text} Images of the split Test are never seen by it.")]


def _crowded(figures: Evaluation) -> list[Note]:
    crowded = figures.crowded
    if not crowded.images:
        return []
    text = f"{_has(crowded.images)} more than {LIMIT} boxes of one class. AP and AR look at the best {LIMIT} only"
    passed = f", and pass over {count(crowded.passed_over, 'box', 'boxes')} found" if crowded.passed_over else ""
    lost = f"; {count(crowded.out_of_reach, 'object')} cannot be found there" if crowded.out_of_reach else ""
    return [Note(Tone.INFO, f"{text}{passed}{lost}. All else counts every box.")]


def _has(images: int) -> str:
    return f"{count(images, 'image')} {'has' if images == 1 else 'have'}"


def _without_truth(figures: Evaluation) -> list[Note]:
    without = [one for one in figures.per_class if not one.boxes]
    if not without or not figures.boxes:
        return []
    shown = joined([one.name for one in without]) if len(without) <= MOST_NAMES else f"{len(without)} classes"
    text = f"No true box of {shown} is in these images, so nothing can be said about finding them."
    if found := sum(one.predicted for one in without):
        text += f" {count(found, 'box', 'boxes')} found of that kind do not count in AP."
    return [Note(Tone.INFO, text)]


def _nothing_there(figures: Evaluation) -> list[Note]:
    if not figures.empty_images:
        return []
    text = f"{_has(figures.empty_images)} nothing on them; every box that is found there is a false alarm."
    return [Note(Tone.INFO, text.replace("has nothing on them", "has nothing on it"))]
