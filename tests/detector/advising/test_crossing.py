"""Cross-validation: every image is looked at once, by a model that has not learnt from it, and folds are kept."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from detector.advising import crossing
from detector.advising.crossing import Fold, cross
from detector.advising.folds import Crossing, deal
from detector.domain import Annotation, Box, ImageSize
from detector.errors import TooFewExamples
from detector.features.feature_cache import FeatureCache
from detector.measuring.box_columns import Found
from detector.pictures.dataset import Example
from detector.runs import Scope
from tests.detector.scenes import LABELS, scenes
from tests.detector.tiny_network import tiny_start
from tests.detector.tiny_runs import QUICK, tiny_models

TWO = Crossing(2, 600.0)
CONFIG = replace(QUICK, scope=Scope.HEAD, epochs=1)


def labelled(*labels: int, key: str = "k") -> Example:
    boxes = tuple(Annotation(Box(10 * n, 1, 10 * n + 5, 9), label) for n, label in enumerate(labels))
    return Example(Path(key), ImageSize(100, 100), boxes, key)


def run(folder: Path, examples: list[Example], told: list[Fold] | None = None, stop_at: int = 10**9) -> Found | None:
    start = tiny_start(examples[2:], examples[:2], CONFIG)
    asked = iter(range(10**9))
    with tiny_models():
        return cross(
            examples,
            LABELS,
            start,
            TWO,
            folder=folder / "run",
            cache=FeatureCache(folder / "features"),
            device="cpu",
            should_stop=lambda: next(asked) >= stop_at,
            on_progress=lambda fold: None if told is None else told.append(fold),
        )


def test_images_of_a_rare_class_are_spread_and_twins_stay_together() -> None:
    examples = [labelled(0, 0) for _ in range(20)] + [labelled(0, 1) for _ in range(4)] + [labelled()]
    fold = deal(examples, 4)
    assert sorted(fold[20:24].tolist()) == [0, 1, 2, 3]
    assert np.bincount(fold).max() - np.bincount(fold).min() <= 1
    group = np.arange(25)
    group[[3, 9, 24]] = 3
    assert len(set(deal(examples, 4, group)[[3, 9, 24]].tolist())) == 1
    assert (deal(examples, 4) == fold).all(), "it is the same each time"


def test_each_image_is_looked_at_by_a_model_that_has_not_learnt_from_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    examples = scenes(tmp_path, 12)
    learnt: list[set[str]] = []
    looked: list[list[str]] = []
    real_fit, real_look = crossing.fit, crossing._look

    def fit(train: list[Example], val: list[Example], *args: object, **more: object) -> object:
        learnt.append({example.key for example in (*train, *val)})
        return real_fit(train, val, *args, **more)  # type: ignore[arg-type]

    def look(model: Path, every: list[Example], asked: np.ndarray, *args: object) -> object:  # type: ignore[type-arg]
        looked.append([every[place].key for place in asked])
        return real_look(model, every, asked, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(crossing, "fit", fit)
    monkeypatch.setattr(crossing, "_look", look)
    told: list[Fold] = []
    found = run(tmp_path, examples, told)
    assert found is not None
    assert sorted(key for keys in looked for key in keys) == sorted(example.key for example in examples)
    assert all(not known & set(keys) for known, keys in zip(learnt, looked, strict=True))
    assert {fold.number for fold in told} == {1, 2}
    shares = [fold.done for fold in told if fold.number == 1]
    assert shares == sorted(shares) and shares[-1] == 1.0 and len({share for share in shares if share > 0.85}) == 6
    assert found.image.max() < 12 and (found.score >= 0.01).all()


def test_folds_that_are_finished_are_not_done_again(tmp_path: Path) -> None:
    examples = scenes(tmp_path, 12)
    whole = run(tmp_path / "a", examples)
    assert whole is not None
    steps = 6  # some of the second fold's
    assert run(tmp_path / "b", examples, stop_at=steps + 6) is None
    assert [path.name for path in (tmp_path / "b" / "run").glob("*.npz")] == ["fold-0.npz"]
    told: list[Fold] = []
    again = run(tmp_path / "b", examples, told)
    assert again is not None
    assert {fold.number for fold in told} == {2}
    assert (again.box == whole.box).all() and (again.score == whole.score).all()


def test_too_few_images_are_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(TooFewExamples, match="at least 10 images that are done; there are 6"):
        run(tmp_path, scenes(tmp_path, 6))


def test_more_images_need_fewer_and_longer_folds() -> None:
    assert Crossing.usual(20).folds == 5
    assert Crossing.usual(1000) == Crossing(3, 150.0)
    assert 60 < Crossing.usual(100).seconds < 150


def test_the_time_that_is_promised_grows_with_the_images() -> None:
    promised = [Crossing.usual(images).expected(images) for images in (300, 3_000, 30_000)]
    assert promised[1] > 2 * promised[0] and promised[2] > 5 * promised[1]


def test_where_all_images_look_alike_every_fold_still_has_others_to_learn_from() -> None:
    folds = deal([labelled(0) for _ in range(20)], 4, np.zeros(20, np.int64))
    assert np.bincount(folds).tolist() == [5, 5, 5, 5]
