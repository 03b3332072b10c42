"""A run on tiles, from pictures to a model that cuts as it was trained."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from detector.domain import Annotation, Box, ImageSize
from detector.features.feature_cache import FeatureCache
from detector.learning.running import Progress
from detector.models.checkpoints import read_meta, save_model
from detector.models.predictor import Predictor
from detector.pictures.cutting import Cutter, cut, tidy
from detector.pictures.dataset import Example
from detector.pictures.tiling import Tile, Tiling
from detector.runs import Scope, TrainConfig
from tests.detector.scenes import CANVAS, scene
from tests.detector.tiny_network import tiny_start
from tests.detector.tiny_runs import run, tiny_models

BIG = ImageSize(300, 200)
CONFIG = TrainConfig(scope=Scope.HEAD, epochs=1, batch_size=2, image_size=(128, 96), patience=99, tile_size=160)
PAINT = (1, 2, 3)


def big_scenes(folder: Path, count: int, prefix: str) -> list[Example]:
    return [scene(folder, f"{prefix}{number}", size=BIG) for number in range(count)]


def test_a_run_learns_from_tiles_and_its_model_looks_at_tiles(tmp_path: Path) -> None:
    train, val = big_scenes(tmp_path, 4, "t"), big_scenes(tmp_path, 2, "v")
    told: list[Progress] = []
    cuts = tmp_path / "cuts"
    result = run(train, val, tmp_path / "run", CONFIG, cuts=cuts, on_progress=told.append)
    assert result.folder is not None and result.ap is not None
    assert any(progress.phase == "Cutting pictures into tiles, 6 of 6" for progress in told)
    meta = read_meta(result.folder)
    assert meta.tiling is not None and (meta.tiling.width, meta.tiling.height) == (160, 120)
    assert meta.to_json()["format"] == 3
    kept = {path.name for path in cuts.iterdir()}
    with tiny_models():
        predictor = Predictor(result.folder, device="cpu")
        found = next(predictor.predict([val[0].path]))
        cache = FeatureCache(tmp_path / "features", 1 << 30, left_free=0)
        cached = Predictor(result.folder, device="cpu", cache=cache)
        first = next(cached.predict([val[0].path], keys=["k"], sizes=[BIG]))
        again = next(cached.predict([tmp_path / "gone.png"], keys=["k"], sizes=[BIG]))  # known: need not be decoded
        child = run(train, val, tmp_path / "child", CONFIG, parent=result.folder, cuts=cuts)
    assert found.size == BIG and found.predictions
    assert all(p.box.x2 <= 300 and p.box.y2 <= 200 for p in found.predictions)
    assert max(p.box.x2 for p in found.predictions) > 200  # not only on the first tile
    assert found == first == again
    assert child.ap is not None and {path.name for path in cuts.iterdir()} == kept  # nothing was cut again


def test_a_model_of_whole_pictures_is_described_as_before(tmp_path: Path) -> None:
    train, val = big_scenes(tmp_path, 4, "t"), big_scenes(tmp_path, 2, "v")
    start = tiny_start(train, val, TrainConfig(image_size=(128, 96), tile_size=0))
    save_model(start.network, start.meta, tmp_path / "m")
    assert start.plan.tiling is None
    described = read_meta(tmp_path / "m").to_json()
    assert described["format"] == 2 and "tiling" not in described


def test_tiles_to_learn_from_are_files_with_what_is_cut_painted_over(tmp_path: Path) -> None:
    values = np.zeros((200, 300, 3), np.uint8)
    values[50:90, 100:140] = (255, 0, 0)
    path = tmp_path / "p.png"
    Image.fromarray(values).save(path)
    example = Example(path, BIG, (Annotation(Box(100, 50, 140, 90), 0),), "p")
    tiling = Tiling(110, 100, 10)
    made = cut([example], tiling, CANVAS, tmp_path / "cuts", PAINT, learn=True)
    by_tile = dict(zip((tile for _, tile in made.tiles), made.examples, strict=True))
    first = by_tile.get(Tile(0, 0, 110, 100))  # shows a quarter of the square
    second = by_tile[next(tile for tile in by_tile if tile.left < 100 and tile.right >= 140 and tile.top == 0)]
    assert [a.box.as_tuple() for a in second.annotations] == [(100 - 95, 50, 140 - 95, 90)]
    if first is not None:
        with Image.open(first.path) as opened:
            assert opened.size == (110, 100) and opened.getpixel((105, 70)) == PAINT
    looked_at = cut([example], tiling, CANVAS, tmp_path / "cuts", PAINT, learn=False)
    assert len(looked_at.examples) == len(tiling.tiles(BIG))
    with Image.open(looked_at.examples[0].path) as opened:
        assert opened.getpixel((105, 70)) == (255, 0, 0)
    tidy(tmp_path / "cuts", made.examples, most=0)
    assert {p.name for p in (tmp_path / "cuts").iterdir()} == {e.path.name for e in made.examples}


def test_a_tile_is_drawn_no_larger_than_it_is_and_little_larger_than_the_canvas() -> None:
    picture = Image.new("RGB", (3000, 2000), (9, 9, 9))
    assert Cutter(picture, Tiling(1280, 960, 100), CANVAS).draw(Tile(0, 0, 1280, 960)).size == (192, 144)
    assert Cutter(picture, Tiling(100, 75, 10), CANVAS).draw(Tile(0, 0, 100, 75)).size == (100, 75)
