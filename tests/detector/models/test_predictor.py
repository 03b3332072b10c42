from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PIL import Image

from detector import pixels
from detector.architectures.retinanet_lite import build_lite
from detector.domain import ImageSize
from detector.errors import CheckpointError, UnreadableImage
from detector.features.feature_cache import FeatureCache
from detector.models.checkpoints import Meta, load_model, save_model
from detector.models.predictor import AHEAD, ImagePredictions, Predictor
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


@pytest.fixture(scope="module")
def upright(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    """The same weights, with a canvas that stands instead of lying."""
    network, meta = load_model(folder)
    standing = build_lite(replace(LITE, canvas=LITE.canvas.turned))
    standing.load_state_dict(network.state_dict())
    path = tmp_path_factory.mktemp("upright") / "m"
    save_model(standing, replace(meta, spec=standing.spec), path)
    return Predictor(path, device="cpu")


SIZES = [ImageSize(128, 96), ImageSize(300, 100), ImageSize(60, 90), ImageSize(50, 40), ImageSize(97, 333)]


def pictures(tmp_path: Path) -> list[Path]:
    return [scene(tmp_path, f"p{i}", size=size).path for i, size in enumerate(SIZES)]


def names(tmp_path: Path) -> list[str]:
    return [path.stem for path in pictures(tmp_path)]


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
    paths = pictures(tmp_path)
    together = list(predictor.predict(paths, batch_size=5))
    alone = [next(iter(predictor.predict([path]))) for path in paths]
    for a, b in zip(together, alone, strict=True):
        assert len(a.predictions) == len(b.predictions)
        for p, q in zip(a.predictions, b.predictions, strict=True):
            assert p.score == pytest.approx(q.score, abs=1e-4)
        assert coarse(a) == coarse(b)


def test_an_upright_picture_is_seen_as_by_a_network_with_an_upright_canvas(
    predictor: Predictor, upright: Predictor, tmp_path: Path
) -> None:
    one, other = (scene(tmp_path, f"{size}", size=size).path for size in (ImageSize(90, 160), ImageSize(96, 128)))
    lying = scene(tmp_path, "l").path
    found = list(predictor.predict([one, lying, other], batch_size=3))
    expected = list(upright.predict([one, other]))
    assert [found[0], found[2]] == expected
    assert min(len(one.predictions) for one in expected) > 0
    assert found[1].size == SIZES[0]


def test_a_square_picture_lies_on_the_canvas_as_it_is(upright: Predictor, tmp_path: Path) -> None:
    """Also among others that stand the other way, whose canvas is turned."""
    square, lying = scene(tmp_path, "s", size=ImageSize(80, 80)).path, scene(tmp_path, "l").path
    assert next(upright.predict([square, lying], batch_size=2)) == next(upright.predict([square]))


def test_files_and_pictures_give_the_same(predictor: Predictor, tmp_path: Path) -> None:
    path = pictures(tmp_path)[0]
    with Image.open(path) as picture:
        assert list(predictor.predict([picture])) == list(predictor.predict([path]))


def test_pictures_are_read_little_ahead_of_their_turn(predictor: Predictor, tmp_path: Path) -> None:
    path, asked = pictures(tmp_path)[0], []

    def endless() -> Iterator[Path]:
        while True:
            asked.append(path)
            yield path

    found = predictor.predict(endless(), batch_size=1)
    next(found)
    next(found)
    assert len(asked) <= 2 + AHEAD
    found.close()
    assert list(predictor.predict([])) == []


def test_the_limit_is_said_when_it_was_reached(folder: Path, tmp_path: Path) -> None:
    predictor = Predictor(folder, device="cpu")
    path = pictures(tmp_path)[0]
    everything = next(iter(predictor.predict([path])))
    assert len(everything.predictions) > 1
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


@pytest.mark.parametrize("batch_size", [1, 4])
def test_pictures_before_a_bad_one_are_not_lost(predictor: Predictor, tmp_path: Path, batch_size: int) -> None:
    good = pictures(tmp_path)
    (tmp_path / "x.png").write_bytes(b"no picture")
    found = predictor.predict([*good[:3], tmp_path / "x.png", *good[3:]], batch_size=batch_size)
    assert [next(found).size for _ in range(3)] == SIZES[:3]
    with pytest.raises(UnreadableImage):
        next(found)


def test_a_known_picture_is_found_in_the_cache_and_not_read(folder: Path, tmp_path: Path) -> None:
    cache = FeatureCache(tmp_path / "features", left_free=0)
    paths = pictures(tmp_path)
    cold = list(Predictor(folder, "cpu", cache=cache).predict(paths, keys=names(tmp_path)))
    assert cold == list(Predictor(folder, "cpu").predict(paths))
    for path in paths:
        path.write_bytes(b"cannot be decoded any more")
    warm = list(Predictor(folder, "cpu", cache=cache).predict(paths, keys=[p.stem for p in paths], sizes=SIZES))
    assert warm == cold
    with pytest.raises(UnreadableImage):  # as its features are kept under other names only
        list(Predictor(folder, "cpu", cache=cache).predict(paths, keys=["other"], sizes=SIZES))


def test_sizes_of_known_pictures_are_read_where_nobody_says_them(folder: Path, tmp_path: Path) -> None:
    cache = FeatureCache(tmp_path / "features", left_free=0)
    predictor = Predictor(folder, "cpu", cache=cache)
    paths, keys = pictures(tmp_path), names(tmp_path)
    cold = list(predictor.predict(paths, keys=keys))
    assert list(predictor.predict(paths, keys=keys)) == cold
    half = list(predictor.predict(paths, keys=[*keys[:2], "new"], batch_size=5))
    assert [coarse(one) for one in half] == [coarse(one) for one in cold]


def test_another_trunk_does_not_take_these_features(folder: Path, tmp_path: Path) -> None:
    cache = FeatureCache(tmp_path / "features", left_free=0)
    paths, keys = pictures(tmp_path), names(tmp_path)
    list(Predictor(folder, "cpu", cache=cache).predict(paths, keys=keys))
    torch.manual_seed(1)
    save_model(build_lite(LITE), Meta(LITE, LABELS), tmp_path / "other")
    other = Predictor(tmp_path / "other", "cpu", cache=cache)
    assert list(other.predict(paths, keys=keys)) == list(Predictor(tmp_path / "other", "cpu").predict(paths))


def test_of_a_large_jpeg_the_size_is_that_of_the_whole(predictor: Predictor, tmp_path: Path) -> None:
    small = Image.open(scene(tmp_path, "s", size=ImageSize(256, 192)).path)
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    path = tmp_path / "large.jpg"
    small.resize((2048, 1536)).transpose(Image.Transpose.ROTATE_90).save(path, quality=95, exif=exif)
    assert pixels.load_for(path, LITE.canvas)[0].size == (256, 192)
    (found,) = predictor.predict([path])
    assert found.size == ImageSize(2048, 1536)
    assert max(p.box.x2 for p in found.predictions) > 1500
    for p in found.predictions:
        p.box.must_lie_in(found.size)
