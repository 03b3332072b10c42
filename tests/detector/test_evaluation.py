"""Our figures are COCO's figures: held against pycocotools, and against cases that can be worked out by hand."""

import contextlib
import io
from collections.abc import Sequence

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from detector.domain import Annotation, Box, ImageSize, LabelSet, Prediction
from detector.evaluation import Evaluation, evaluate

SIZE = ImageSize(640, 480)
LABELS = LabelSet((11, 12, 13, 14), ("RBC", "WBC", "Platelets", "never seen"))
Truths = list[tuple[list[Annotation], ImageSize]]


def reference(
    truths: Truths, predictions: Sequence[Sequence[Prediction]]
) -> tuple[list[float], dict[int, list[float]]]:
    """(AP, AP50, AP75, AR100), and (AP, AP50, AR100) by label, as pycocotools has them; -1 for none."""

    def xywh(box: Box) -> list[float]:
        return [box.x1, box.y1, box.width, box.height]

    boxes = [(i, a) for i, (truth, _) in enumerate(truths) for a in truth]
    found = [(i, p) for i, ps in enumerate(predictions) for p in ps]
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = {
            "images": [{"id": i, "width": s.width, "height": s.height} for i, (_, s) in enumerate(truths)],
            "categories": [{"id": k, "name": n} for k, n in enumerate(LABELS.names)],
            "annotations": [
                {"id": n, "image_id": i, "category_id": a.label, "bbox": xywh(a.box), "area": a.box.area, "iscrowd": 0}
                for n, (i, a) in enumerate(boxes, start=1)
            ],
        }
        coco.createIndex()
        results = COCO()
        results.dataset = {
            **coco.dataset,
            "annotations": [
                {
                    "id": n,
                    "image_id": i,
                    "category_id": p.label,
                    "bbox": xywh(p.box),
                    "area": p.box.area,
                    "score": p.score,
                    "iscrowd": 0,
                }
                for n, (i, p) in enumerate(found, start=1)
            ],
        }
        results.createIndex()
        run = COCOeval(coco, results, "bbox")
        run.evaluate()
        run.accumulate()
        run.summarize()

    def mean(values: np.ndarray) -> float:
        return float(values[values > -1].mean()) if (values > -1).any() else -1.0

    precision, recall = run.eval["precision"], run.eval["recall"]
    classes = {
        k: [mean(precision[:, :, k, 0, 2]), mean(precision[0, :, k, 0, 2]), mean(recall[:, k, 0, 2])]
        for k in range(len(LABELS))
    }
    return [run.stats[0], run.stats[1], run.stats[2], run.stats[8]], classes


def assert_equal_to_reference(ours: Evaluation, truths: Truths, predictions: Sequence[Sequence[Prediction]]) -> None:
    whole, classes = reference(truths, predictions)
    figures = [-1.0 if v is None else v for v in (ours.ap, ours.ap50, ours.ap75, ours.ar100)]
    assert figures == pytest.approx(whole, abs=1e-6)
    for result in ours.per_class:
        figures = [-1.0 if v is None else v for v in (result.ap, result.ap50, result.ar100)]
        assert figures == pytest.approx(classes[result.label], abs=1e-6)


def scene(seed: int, images: int, most_boxes: int, noise: float) -> tuple[Truths, list[list[Prediction]]]:
    """Pictures with boxes of three classes (some pictures empty), and predictions that are near, wrong or invented.

    Scores are rounded, so that ties between images come up and their order matters.
    """
    random = np.random.default_rng(seed)
    truths: Truths = []
    predictions: list[list[Prediction]] = []
    for index in range(images):
        truth, found = [], []
        count = 0 if index % 4 == 3 else int(random.integers(1, most_boxes + 1))
        for _ in range(count):
            x, y = random.uniform(0, 500), random.uniform(0, 350)
            w, h = random.uniform(8, 120, size=2)
            label = int(random.integers(0, 3))
            truth.append(Annotation(Box(x, y, x + w, y + h), label))
            for _ in range(int(random.integers(0, 3))):
                dx, dy, dw, dh = random.normal(0, noise, size=4) * (w, h, w, h)
                left, top = max(0.0, x + dx), max(0.0, y + dy)
                near = Box(left, top, left + max(2.0, w + dw), top + max(2.0, h + dh))
                guess = label if random.random() < 0.9 else int(random.integers(0, 3))
                found.append(Prediction(near, guess, round(float(random.uniform(0.01, 1)), 2)))
        for _ in range(int(random.integers(0, 4))):  # invented ones, on empty pictures too
            x, y = random.uniform(0, 500), random.uniform(0, 350)
            found.append(Prediction(Box(x, y, x + 30, y + 30), int(random.integers(0, 3)), 0.3))
        truths.append((truth, SIZE))
        predictions.append(found)
    return truths, predictions


@pytest.mark.parametrize("seed", range(6))
def test_figures_equal_pycocotools_with_empty_images_and_a_class_without_boxes(seed: int) -> None:
    truths, predictions = scene(seed, images=25, most_boxes=12, noise=0.08)

    ours = evaluate(truths, predictions, LABELS)

    assert ours.ap is not None
    assert 0.05 < ours.ap < 0.95
    assert ours.per_class[3].ap is None
    assert_equal_to_reference(ours, truths, predictions)


def test_figures_equal_pycocotools_on_crowded_images_with_more_than_100_detections() -> None:
    truths, predictions = scene(seed=50, images=4, most_boxes=400, noise=0.05)
    assert max(len(p) for p in predictions) > 300

    assert_equal_to_reference(evaluate(truths, predictions, LABELS), truths, predictions)


def test_only_the_100_best_boxes_of_a_class_in_an_image_count() -> None:
    grid = [Box(5.0 * (i % 100), 20.0 * (i // 100), 5.0 * (i % 100) + 4, 20.0 * (i // 100) + 4) for i in range(150)]
    truths: Truths = [([Annotation(box, 0) for box in grid], SIZE)]
    predictions = [[Prediction(box, 0, 0.9) for box in grid]]

    ours = evaluate(truths, predictions, LABELS)

    assert ours.ar100 == pytest.approx(100 / 150)
    assert_equal_to_reference(ours, truths, predictions)


def test_no_predictions_give_zero_not_an_error() -> None:
    truths: Truths = [([Annotation(Box(0, 0, 10, 10), 0)], SIZE), ([], SIZE)]

    ours = evaluate(truths, [[], []], LABELS)

    assert (ours.ap, ours.ap50, ours.ar100) == (0.0, 0.0, 0.0)
    assert ours.per_class[0].curve == ()
    assert_equal_to_reference(ours, truths, [[], []])


def test_images_without_any_box_leave_the_figures_undefined_rather_than_zero() -> None:
    found = [Prediction(Box(0, 0, 10, 10), 1, 0.5)]

    ours = evaluate([([], SIZE)], [found], LABELS)

    assert (ours.ap, ours.ap50, ours.ap75, ours.ar100) == (None, None, None, None)
    assert [c.predicted for c in ours.per_class] == [0, 1, 0, 0]
    assert ours.images == 1


def test_a_box_invented_on_an_empty_image_costs_precision() -> None:
    truth = [Annotation(Box(10, 10, 50, 50), 0)]
    right = Prediction(Box(10, 10, 50, 50), 0, 0.6)
    invented = Prediction(Box(10, 10, 50, 50), 0, 0.9)

    clean = evaluate([(truth, SIZE), ([], SIZE)], [[right], []], LABELS)
    spoilt = evaluate([(truth, SIZE), ([], SIZE)], [[right], [invented]], LABELS)

    assert clean.ap == pytest.approx(1.0)
    assert spoilt.ap == pytest.approx(0.5)


def test_counts_by_class_are_those_of_the_data() -> None:
    truths, predictions = scene(seed=3, images=12, most_boxes=6, noise=0.1)

    ours = evaluate(truths, predictions, LABELS)

    for result in ours.per_class:
        assert result.boxes == sum(a.label == result.label for truth, _ in truths for a in truth)
        assert result.images == sum(any(a.label == result.label for a in truth) for truth, _ in truths)
        assert result.predicted == sum(p.label == result.label for found in predictions for p in found)
    assert ours.boxes == sum(c.boxes for c in ours.per_class)
    assert [c.name for c in ours.per_class] == list(LABELS.names)


def test_the_curve_gives_precision_and_the_threshold_that_brings_it() -> None:
    box = [Box(60.0 * i, 0, 60.0 * i + 50, 50) for i in range(3)]
    truths: Truths = [([Annotation(box[0], 0), Annotation(box[1], 0)], SIZE)]
    predictions = [[Prediction(box[0], 0, 0.9), Prediction(box[2], 0, 0.8), Prediction(box[1], 0, 0.4)]]

    curve = evaluate(truths, predictions, LABELS).per_class[0].curve

    at = {round(p.recall, 2): p for p in curve}
    assert (at[0.5].precision, at[0.5].score) == (pytest.approx(1.0), pytest.approx(0.9))
    assert (at[1.0].precision, at[1.0].score) == (pytest.approx(2 / 3), pytest.approx(0.4))
    assert [p.recall for p in curve] == sorted(p.recall for p in curve)


def test_lists_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="1 pictures with truth but 2"):
        evaluate([([], SIZE)], [[], []], LABELS)


def test_a_label_that_no_class_has_is_refused() -> None:
    with pytest.raises(ValueError, match="label 4 is not one of 4 classes"):
        evaluate([([Annotation(Box(0, 0, 5, 5), 4)], SIZE)], [[]], LABELS)
