"""Which labels look wrong: where people's boxes and a model that has not learnt from them disagree, and how likely it
is that the label is at fault.

The kinds are those of ObjectLab (Tkachenko, Thyagarajan and Mueller 2023, arXiv 2309.00832: overlooked, badly located,
swapped) and of FiftyOne's mistakenness (spurious, missing, duplicates); sizes and twins are ours. Ours is also how they
get onto one scale: a probability for each, from how often the model agrees with the labels at equal evidence (see
`advising.lapses`). What the model cannot tell (labels on one object, odd sizes, twins) has a plain rule in place of a
fit, weakened by what the model thinks: a project has too few of them to learn from.

The predictions must be out of fold (see `advising.crossing`): a model that has learnt a wrong label finds it right.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.advising.lapses import fit, logit
from detector.advising.odd_labels import sizes_out_of_line, twice_labelled, unlike_twins
from detector.advising.suspects import KINDS, NONE, ErrorKind, Suspects
from detector.domain import SAME_OBJECT
from detector.measuring.box_columns import Found, Truths
from detector.measuring.pairing import Pairs, one_to_one, overlapping

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Rows = NDArray[np.int64]

LEAST = 0.05  # probability below which nobody is asked
LEAST_SCORE = 0.05  # of a prediction that may say something by itself
TOUCHING = 0.1  # IoU from which a label may be meant for what the model sees
AT_THE_PLACE = 0.3  # IoU from which a prediction says that something is where a label is
NEVER = 0.005  # the score where there is no prediction: they are kept from 0.01 up
SEEN_FROM = 0.3  # score from which a prediction confirms a label
STRICTEST = 0.75  # IoU: a label that lies better is never called badly placed
PLACEBOS = 3  # for each label
PART = 60  # boxes of a class from which it has a curve of its own

# Of two things that can be said of a label, that is said which tells more, above all how to put it right.
TELLING = {ErrorKind.SIZE: 0.7, ErrorKind.SPURIOUS: 0.5, ErrorKind.TWIN: 0.5}


def suspects_of(truths: Truths, found: Found, twins: Rows | None = None, least: float = LEAST) -> Suspects:
    """The labels that look wrong, the likeliest first; each label and each prediction is named once at most.

    Args:
        found: from 0.01 up, of models that have not learnt from the image.
        twins: [T, 2] places of images that show the same; None for none.
        least: probability from which on a suspect is given.
    """
    meeting = _meet(truths, found)
    sure = np.zeros(len(truths))
    parts = [
        _missing(truths, found, meeting),
        _placed(truths, found, meeting, sure),
        _other_class(truths, found, meeting),
        _spurious(truths, found, meeting),
        twice_labelled(truths, meeting.best),
        sizes_out_of_line(truths, sure),
        unlike_twins(truths, twins),
    ]
    every = Suspects.together(parts)
    return _once_each(every.rows(every.probability >= least), len(truths), len(found))


@dataclass(frozen=True, slots=True, eq=False)
class _Meeting:
    """Labels and predictions as they met.

    Attributes:
        objects: [F] the predictions that stand for an object each: no better one of another class lies there.
        margin: [F] by how much its class beats the second, in log odds.
        pairs: label and object, one to one, from TOUCHING on.
        best: [T] the best score of any prediction at the place of each label, NEVER where there is none.
        trusted: [K] how far the models are to be trusted with each class, 0..1.
    """

    objects: Bools
    margin: Floats
    pairs: Pairs
    best: Floats
    trusted: Floats


def _meet(truths: Truths, found: Found) -> _Meeting:
    objects, margin = _objects(found)
    touching = overlapping((truths.image, found.image), (truths.box, found.box), TOUCHING)
    best = np.full(len(truths), NEVER)
    there = touching.where(touching.iou >= AT_THE_PLACE)
    np.maximum.at(best, there.first, found.score[there.second])
    worth = touching.where(objects[touching.second])
    # What is surely an object and lies off is what the label means, rather than what fits and is hardly one.
    pairs = one_to_one(worth, _belief(truths, found, objects, worth)[worth.second] * worth.iou)
    return _Meeting(objects, margin, pairs, best, _trusted(truths, found, best))


def _belief(truths: Truths, found: Found, objects: Bools, touching: Pairs) -> Floats:
    """[F] how probably a prediction is right, as labels of its class confirm those of its score."""
    same = truths.label[touching.first] == found.label[touching.second]
    fitting = touching.where(same & (touching.iou >= SAME_OBJECT))
    confirmed = np.zeros(len(found), bool)
    confirmed[one_to_one(fitting, found.score[fitting.second]).second] = True
    belief = np.zeros(len(found))
    belief[objects] = _blame(logit(found.score[objects]), confirmed[objects], found.label[objects])[1]
    return belief


def _objects(found: Found) -> tuple[Bools, Floats]:
    """Which predictions are the favourite of their place, and by how much."""
    images = (found.image, found.image)
    same = overlapping(images, (found.box, found.box), SAME_OBJECT)
    unlike = same.where(found.label[same.first] != found.label[same.second])
    behind = (found.score[unlike.first] > found.score[unlike.second]) | (
        (found.score[unlike.first] == found.score[unlike.second]) & (unlike.first < unlike.second)
    )
    second = np.full(len(found), NEVER)
    np.maximum.at(second, unlike.first[behind], found.score[unlike.second[behind]])
    objects = found.score >= LEAST_SCORE
    objects[unlike.second[behind]] = False
    return objects, logit(found.score) - logit(second)


def _missing(truths: Truths, found: Found, meeting: _Meeting) -> Suspects:
    """Objects that no label touches, among those and the ones whose label is right."""
    right, _ = _agreeing(truths, found, meeting)
    alone = meeting.objects.copy()
    alone[meeting.pairs.second] = False
    asked = np.concatenate([meeting.pairs.second[right], np.flatnonzero(alone)])
    agrees = np.arange(len(asked)) < right.sum()
    blame, _ = _blame(logit(found.score[asked]), agrees, found.label[asked])
    rows = asked[~agrees]
    probability = blame[~agrees] * meeting.trusted[found.label[rows]]
    return Suspects.alike(ErrorKind.MISSING, probability, found.image[rows], found=rows)


def _placed(truths: Truths, found: Found, meeting: _Meeting, sure: Floats) -> Suspects:
    """Labels that lie off what the model sees. `sure` [T] is set to how surely the model confirms a label as it is.

    The evidence is by how much more the model sees at its own place than at the label's. How much that is where a label
    is certainly off, the right ones tell: each is moved by half its size, as a slip of the hand might.
    """
    pairs = meeting.pairs
    right, off = _agreeing(truths, found, meeting)
    fine, wrong = pairs.where(right), pairs.where(off)
    _, model_right = _blame(logit(found.score[pairs.second]), right, found.label[pairs.second])
    sure[fine.first] = model_right[right]
    image = np.concatenate([truths.image[fine.first], truths.image[wrong.first]])
    boxes = np.concatenate([_slipped(truths.box[fine.first]), truths.box[wrong.first]])
    seen = np.concatenate([fine.second, wrong.second])
    evidence = logit(found.score[seen]) - logit(_best_fit(image, boxes, found, seen))
    blame, _ = _blame(evidence, np.arange(len(seen)) < len(fine), found.label[seen])
    probability = blame[len(fine) :] * meeting.trusted[found.label[wrong.second]]
    image = truths.image[wrong.first]
    return Suspects.alike(ErrorKind.PLACED, probability, image, truth=wrong.first, found=wrong.second)


def _slipped(box: Floats) -> Floats:
    """[N, 4] moved by half its width or height, to the four sides in turn."""
    half = (box[:, 2:] - box[:, :2]) / 2
    side = np.arange(len(box)) % 4
    step = np.zeros_like(half)
    step[:, 0] = np.select([side == 0, side == 1], [half[:, 0], -half[:, 0]], 0.0)
    step[:, 1] = np.select([side == 2, side == 3], [half[:, 1], -half[:, 1]], 0.0)
    moved: Floats = box + np.concatenate([step, step], axis=1)
    return moved


def _best_fit(image: NDArray[np.int32], box: Floats, found: Found, but: Rows) -> Floats:
    """[N] the best score of a prediction that fits a box, other than the row `but` [N]; NEVER where none does."""
    order = np.argsort(image, kind="stable")
    fitting = overlapping((image[order], found.image), (box[order], found.box), SAME_OBJECT)
    fitting = fitting.where(but[order][fitting.first] != fitting.second)
    best = np.full(len(image), NEVER)
    np.maximum.at(best, order[fitting.first], found.score[fitting.second])
    return best


def _other_class(truths: Truths, found: Found, meeting: _Meeting) -> Suspects:
    """Labels on an object that the model takes for another class."""
    rows = meeting.pairs.where(meeting.pairs.iou >= SAME_OBJECT)
    agrees = truths.label[rows.first] == found.label[rows.second]
    blame, _ = _blame(meeting.margin[rows.second], agrees, found.label[rows.second])
    wrong = rows.where(~agrees)
    probability = blame[~agrees] * meeting.trusted[found.label[wrong.second]]
    image = truths.image[wrong.first]
    return Suspects.alike(ErrorKind.CLASS, probability, image, truth=wrong.first, found=wrong.second)


def _spurious(truths: Truths, found: Found, meeting: _Meeting) -> Suspects:
    """Labels at whose place the model sees as little as where certainly nothing is.

    Where nothing is: boxes of the same sizes elsewhere on the image, off the labels there. The less a model sees, the
    likelier a box is one of those, and never quite surely, as labels of nothing look like them.
    """
    places, scores, labels = _placebos(truths, found)
    evidence = -logit(np.concatenate([scores, meeting.best]))
    nothing = np.arange(len(evidence)) < places
    blame, _ = _blame(evidence, nothing, np.concatenate([labels, truths.label]))
    probability = blame[~nothing] * meeting.trusted[truths.label]
    # a label that touches something the model sees is rather badly placed than of nothing
    near = meeting.pairs.where(meeting.pairs.iou < SAME_OBJECT)
    probability[near.first] *= 1.0 - found.score[near.second]
    rows = np.arange(len(truths))
    return Suspects.alike(ErrorKind.SPURIOUS, probability, truths.image, truth=rows)


def _trusted(truths: Truths, found: Found, best: Floats) -> Floats:
    """[K] by class the share of its labels at whose place something is seen.

    A model that sees few of them may not blame the others.
    """
    classes = 1 + max(truths.label.max(initial=-1), found.label.max(initial=-1))
    many = np.bincount(truths.label, minlength=classes)
    seen = np.bincount(truths.label[best >= SEEN_FROM], minlength=classes)
    return np.asarray(seen / np.maximum(many, 1))


def _placebos(truths: Truths, found: Found) -> tuple[int, Floats, NDArray[np.int32]]:
    """How many boxes of labels lie on nothing when moved about in their image, the best scores there, and labels."""
    dice = np.random.default_rng(0)
    image, label = np.repeat(truths.image, PLACEBOS), np.repeat(truths.label, PLACEBOS)
    sides = np.repeat(truths.box[:, 2:] - truths.box[:, :2], PLACEBOS, axis=0)
    corner = dice.random((len(image), 2)) * np.maximum(_extents(truths, found)[image] - sides, 0.0)
    box = np.concatenate([corner, corner + sides], axis=1)
    free = np.ones(len(image), bool)
    free[overlapping((image, truths.image), (box, truths.box), AT_THE_PLACE).first] = False
    there = overlapping((image, found.image), (box, found.box), AT_THE_PLACE)
    best = np.full(len(image), NEVER)
    np.maximum.at(best, there.first, found.score[there.second])
    return int(free.sum()), best[free], label[free]


def _extents(truths: Truths, found: Found) -> Floats:
    """[I, 2] how far to the right and down each image is known to reach."""
    images = 1 + max(truths.image.max(initial=-1), found.image.max(initial=-1))
    reach = np.zeros((images, 2))
    for boxes in (truths, found):
        np.maximum.at(reach, boxes.image, boxes.box[:, 2:])
    return reach


def _agreeing(truths: Truths, found: Found, meeting: _Meeting) -> tuple[Bools, Bools]:
    """[P] which pairs agree, and which are one object whose boxes lie apart more than is usual."""
    pairs = meeting.pairs
    same = truths.label[pairs.first] == found.label[pairs.second]
    usual = pairs.iou[same & (pairs.iou >= SAME_OBJECT) & (found.score[pairs.second] >= SAME_OBJECT)]
    least = SAME_OBJECT
    if len(usual):
        middle = float(np.median(usual))
        spread = 1.4826 * float(np.median(np.abs(usual - middle)))
        least = min(STRICTEST, max(SAME_OBJECT, middle - 4.0 * spread))
    well = pairs.iou >= least
    return same & well, ~well & (same | (pairs.iou < SAME_OBJECT))


def _blame(evidence: Floats, agrees: Bools, label: NDArray[np.int32]) -> tuple[Floats, Floats]:
    """[N] how likely the labels are at fault where they disagree, and how likely the model is right, by class."""
    whole = fit(evidence, agrees)
    blame, right = whole.blame(evidence), whole.right(evidence)
    for one in np.unique(label):
        rows = label == one
        if rows.sum() >= PART:
            own = fit(evidence[rows], agrees[rows], whole)
            blame[rows], right[rows] = own.blame(evidence[rows]), own.right(evidence[rows])
    return blame, right


def _once_each(suspects: Suspects, truths: int, found: int) -> Suspects:
    """Without those whose label or prediction is named by a likelier one; TELLING counts, too."""
    free_truth, free_found = np.ones(truths + 1, bool), np.ones(found + 1, bool)  # the last for NONE
    telling = np.array([TELLING.get(kind, 1.0) for kind in KINDS])[suspects.kind]
    order = np.argsort(-suspects.probability * telling, kind="stable")
    kept = np.zeros(len(suspects), bool)
    for row in order.tolist():
        truth, prediction = suspects.truth[row], suspects.found[row]
        if free_truth[truth] and free_found[prediction]:
            kept[row] = True
            free_truth[truth] = truth == NONE
            free_found[prediction] = prediction == NONE
    return suspects.rows(kept)


def share_seen(truths: Truths, found: Found) -> float:
    """The share of labels that some prediction of their class confirms; where it is low, suspects say little."""
    if not len(truths):
        return 1.0
    at_place = overlapping((truths.image, found.image), (truths.box, found.box), SAME_OBJECT)
    same = truths.label[at_place.first] == found.label[at_place.second]
    sure = found.score[at_place.second] >= SEEN_FROM
    return len(np.unique(at_place.first[same & sure])) / len(truths)
