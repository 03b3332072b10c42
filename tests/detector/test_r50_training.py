"""The second preset goes the same way as the first: from random weights, and from a file that was really downloaded."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch
from torchvision.models.detection import retinanet_resnet50_fpn_v2

from detector.architectures.interface import NetworkSpec
from detector.architectures.retinanet_r50 import build_r50
from detector.architectures.weights import RemoteFile, WeightSource
from detector.learning.planning import plan
from detector.learning.starting import Start
from detector.learning.training import fit
from detector.models.checkpoints import Meta, read_meta
from detector.models.predictor import Predictor
from detector.pictures.dataset import Example
from detector.runs import Preset, TrainConfig
from tests.detector.scenes import CANVAS, LABELS, scenes

pytestmark = pytest.mark.training
ONE_PASS = TrainConfig(
    preset=Preset.R50_V2, epochs=1, batch_size=2, image_size=(CANVAS.width, CANVAS.height), augment=False
)


class Silent(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """Address of a server on this machine, and the folder whose files it serves."""
    folder = tmp_path / "served"
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Silent, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", folder
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def train(tmp_path: Path) -> list[Example]:
    return scenes(tmp_path, 2)


@pytest.fixture
def val(tmp_path: Path) -> list[Example]:
    return scenes(tmp_path, 2, "v")


def check_model(folder: Path, val: list[Example]) -> None:
    assert read_meta(folder).spec.preset is Preset.R50_V2
    predictor = Predictor(folder, device="cpu")
    assert predictor.labels == LABELS
    for found, example in zip(predictor.predict([e.path for e in val]), val, strict=True):
        assert found.size == example.size
        assert all(0.01 <= one.score <= 1 and one.label in (0, 1) for one in found.predictions)


def test_it_trains_from_random_weights(train: list[Example], val: list[Example], tmp_path: Path) -> None:
    chosen = plan(train, val, LABELS, ONE_PASS, "cpu", 1)
    spec = NetworkSpec(Preset.R50_V2, len(LABELS), CANVAS, chosen.smallest_anchor)
    start = Start(build_r50(spec), Meta(spec, LABELS, config=chosen.config.to_json()), chosen)
    result = fit(train, val, LABELS, ONE_PASS, folder=tmp_path / "run", device="cpu", start=start)
    assert result.folder is not None
    assert (result.epochs, result.stopped_because) == (1, "finished")
    check_model(result.folder, val)


def test_it_trains_from_a_file_that_came_over_the_network(
    train: list[Example], val: list[Example], shelf: tuple[str, Path], tmp_path: Path
) -> None:
    address, served = shelf
    torch.manual_seed(0)
    whole = retinanet_resnet50_fpn_v2(weights=None, weights_backbone=None)
    torch.save(whole.state_dict(), served / "coco.pth")
    file = RemoteFile("coco.pth", hashlib.sha256((served / "coco.pth").read_bytes()).hexdigest()[:8])
    fetched = WeightSource(address, tmp_path / "cache").fetch(file)
    config = TrainConfig.from_json(ONE_PASS.to_json() | {"weights_file": str(fetched)})
    result = fit(train, val, LABELS, config, folder=tmp_path / "run", device="cpu")
    assert result.folder is not None
    check_model(result.folder, val)
