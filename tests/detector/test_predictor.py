from __future__ import annotations

from pathlib import Path

import pytest
import torch
from PIL import Image

from detector.architectures.retinanet_lite import build_lite
from detector.checkpoints import Meta, save_model
from detector.domain import ImageSize
from detector.errors import CheckpointError, UnreadableImage
from detector.predictor import ImagePredictions, Predictor
from tests.detector.scenes import LABELS, LITE, scene


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    network = build_lite(LITE).eval()
    with torch.no_grad():  # scores spread over 0..1, so that boxes come out
        network.head.classification_head.cls_logits.weight.mul_(30)
    path = tmp_path_factory.mktemp("model") / "m"
    save_model(network, Meta(LITE, LABELS), path)
    return path


@pytest.fixture(scope="module")
def predictor(folder: Path) -> Predictor:
    return Predictor(folder, device="cpu")


SIZES = [ImageSize(128, 96), ImageSize(300, 100), ImageSize(60, 90), ImageSize(50, 40), ImageSize(97, 333)]


def pictures(tmp_path: Path) -> list[Path]:
    return [scene(tmp_path, f"p{i}", size=size).path for i, size in enumerate(SIZES)]


def test_boxes_lie_in_the_picture_best_first(predictor: Predictor, tmp_path: Path) -> None:
    found = list(predictor.predict(pictures(tmp_path)))
    assert [one.size for one in found] == SIZES
    assert any(one.predictions for one in found)
    for one in found:
        scores = [p.score for p in one.predictions]
        assert scores == sorted(scores, reverse=True)
        assert all(0.01 <= score <= 1 for score in scores)
        assert len(scores) <= 300
        for p in one.predictions:
            p.box.must_lie_in(one.size)
            assert p.label < len(predictor.labels)


def coarse(one: ImagePredictions) -> list[tuple[int, ...]]:
    return [(p.label, *(round(v) for v in p.box.as_tuple())) for p in one.predictions[:10]]


def test_a_picture_alone_and_among_others_has_the_same_boxes(predictor: Predictor, tmp_path: Path) -> None:
    predictor._network.precision = torch.float32  # exact, whatever the machine prefers
    paths = pictures(tmp_path)
    together = list(predictor.predict(paths, batch_size=5))
    alone = [next(iter(predictor.predict([path]))) for path in paths]
    for a, b in zip(together, alone, strict=True):
        assert len(a.predictions) == len(b.predictions)
        for p, q in zip(a.predictions, b.predictions, strict=True):
            assert p.score == pytest.approx(q.score, abs=1e-4)
        assert coarse(a) == coarse(b)


def test_files_and_pictures_give_the_same(predictor: Predictor, tmp_path: Path) -> None:
    path = pictures(tmp_path)[0]
    with Image.open(path) as picture:
        assert list(predictor.predict([picture])) == list(predictor.predict([path]))


def test_pictures_are_read_as_they_are_needed(predictor: Predictor, tmp_path: Path) -> None:
    paths = iter(pictures(tmp_path))
    found = predictor.predict(paths, batch_size=1)
    next(found)
    assert len(list(paths)) == len(SIZES) - 1
    assert list(predictor.predict([])) == []


def test_the_limit_is_said_when_it_was_reached(folder: Path, tmp_path: Path) -> None:
    predictor = Predictor(folder, device="cpu")
    path = pictures(tmp_path)[0]
    everything = next(iter(predictor.predict([path])))
    assert len(everything.predictions) > 1
    from dataclasses import replace

    predictor.meta = replace(predictor.meta, max_boxes=1)
    first = next(iter(predictor.predict([path])))
    assert first.limit_reached
    assert first.predictions == everything.predictions[:1]


def test_what_is_no_picture_or_no_model_is_said(predictor: Predictor, tmp_path: Path) -> None:
    (tmp_path / "x.png").write_bytes(b"no picture")
    with pytest.raises(UnreadableImage):
        list(predictor.predict([tmp_path / "x.png"]))
    with pytest.raises(CheckpointError):
        Predictor(tmp_path)
