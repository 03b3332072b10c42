"""Labels that are odd by themselves, whatever a model says: two on one object, absurd sizes, pictures that are there
twice with other labels. How odd something must be is a plain rule of ours; a project has too few of them to learn it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detector.advising.suspects import ErrorKind, Suspects
from detector.domain import SAME_OBJECT
from detector.measuring.box_columns import Truths
from detector.measuring.pairing import one_to_one, overlapping

Floats = NDArray[np.float64]

TWICE_FROM, TWICE_SURE = 0.6, 0.9  # IoU of two labels of a class
TWICE_UNLIKE = 0.2  # more, where the classes differ: a cell within a cell is no slip
FEWEST = 10  # boxes of a class from which on it has a usual size
ODD_FROM, ODD_SURE = 4.0, 12.0  # robust standard deviations
LEAST_SPREAD = 0.1  # of the logarithm: boxes that differ by a tenth are no marvel, however alike the others are
TWIN_IS_WRONG = 0.5  # one of two pictures is wrong, and nobody knows which
FLOOR, CEILING = 0.05, 0.9  # of the probabilities of the rules


def twice_labelled(truths: Truths, best: Floats) -> Suspects:
    """Of two labels that lie on each other, the one that the model sees less of.

    Args:
        best: [T] the best score at the place of each label.
    """
    pairs = overlapping((truths.image, truths.image), (truths.box, truths.box), TWICE_FROM)
    pairs = pairs.where(pairs.first < pairs.second)
    alike = truths.label[pairs.first] == truths.label[pairs.second]
    probability = _rising(pairs.iou - np.where(alike, 0.0, TWICE_UNLIKE), TWICE_FROM, TWICE_SURE)
    swap = best[pairs.first] < best[pairs.second]
    worse, better = (np.where(swap, a, b) for a, b in ((pairs.first, pairs.second), (pairs.second, pairs.first)))
    return Suspects.alike(ErrorKind.TWICE, probability, truths.image[worse], truth=worse, other=better)


def sizes_out_of_line(truths: Truths, sure: Floats) -> Suspects:
    """Labels whose area or proportion is far from the median of their class, in units of the median deviation.

    Args:
        sure: [T] how surely the model confirms a label as it is; that much is taken off.
    """
    sides = truths.box[:, 2:] - truths.box[:, :2]
    measures = np.log(sides.prod(axis=1)), np.log(sides[:, 0] / sides[:, 1])
    odd = np.zeros(len(truths))
    for label in np.unique(truths.label):
        rows = truths.label == label
        if rows.sum() < FEWEST:
            continue
        for measure in measures:
            off = np.abs(measure[rows] - np.median(measure[rows]))
            odd[rows] = np.maximum(odd[rows], off / max(LEAST_SPREAD, 1.4826 * float(np.median(off))))
    rows = np.flatnonzero(odd >= ODD_FROM)
    probability = _rising(odd[rows], ODD_FROM, ODD_SURE) * (1.0 - sure[rows])
    return Suspects.alike(ErrorKind.SIZE, probability, truths.image[rows], truth=rows)


def unlike_twins(truths: Truths, twins: NDArray[np.int64] | None) -> Suspects:
    """Labels that one of two pictures of the same has, and the other has not; the suspect is the other picture.

    Args:
        twins: [P, 2] places of the images.
    """
    twins = np.zeros((0, 2), np.int64) if twins is None else twins
    parts = [_lacking(truths, int(a), int(b)) for a, b in np.concatenate([twins, twins[:, ::-1]])]
    lacking = np.concatenate([np.zeros(0, np.int64), *(rows for rows, _ in parts)])
    images = np.concatenate([np.zeros(0, np.int32), *(images for _, images in parts)])
    probability = np.full(len(lacking), TWIN_IS_WRONG)
    return Suspects.alike(ErrorKind.TWIN, probability, images, other=lacking)


def _lacking(truths: Truths, has: int, lacks: int) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Rows of the labels of the image `has` that the image `lacks` has not, and that image for each."""
    a, b = (np.arange(*np.searchsorted(truths.image, [image, image + 1])) for image in (has, lacks))
    here = np.zeros(len(a), np.int32), np.zeros(len(b), np.int32)
    pairs = overlapping(here, (truths.box[a], truths.box[b]), SAME_OBJECT)
    pairs = pairs.where(truths.label[a][pairs.first] == truths.label[b][pairs.second])
    lacking = np.ones(len(a), bool)
    lacking[one_to_one(pairs, pairs.iou).first] = False
    return a[lacking], np.full(int(lacking.sum()), lacks, np.int32)


def _rising(value: Floats, low: float, high: float) -> Floats:
    """From FLOOR at `low` to CEILING at `high`."""
    share = np.clip((value - low) / (high - low), 0.0, 1.0)
    return np.asarray(np.where(value < low, 0.0, FLOOR + (CEILING - FLOOR) * share))
