from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from detector.architectures.anchors import grid_shapes
from detector.architectures.retinanet import RetinaNet
from detector.architectures.retinanet_lite import build_lite
from detector.domain import ImageSize, LabelSet
from detector.errors import CheckpointError
from detector.models.checkpoints import WEIGHTS, Meta, load_model, read_meta, save_model, update_meta
from detector.models.model_folder import META
from tests.detector.scenes import LABELS, LITE, scenes
from tests.detector.tiny_network import tiny
from tests.detector.tiny_runs import run, tiny_models


@pytest.fixture(scope="module")
def network() -> RetinaNet:
    return build_lite(LITE)


def test_a_model_comes_back_as_it_was_saved(network: RetinaNet, tmp_path: Path) -> None:
    meta = Meta(LITE, LABELS, metrics={"ap": 0.5}, config={"epochs": 3}, parent="v1")
    save_model(network, meta, tmp_path / "m")
    loaded, again = load_model(tmp_path / "m")
    assert again == meta
    for name, value in network.state_dict().items():
        assert torch.equal(loaded.state_dict()[name], value), name
    assert not loaded.training
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m"]


def test_the_description_says_what_the_contract_asks_for(network: RetinaNet, tmp_path: Path) -> None:
    labels = LabelSet((4, 9), ("고양이", "a/b"))
    save_model(network, Meta(LITE, labels, snapshot_digest="d"), tmp_path / "m")
    said = json.loads((tmp_path / "m" / META).read_text("utf-8"))
    assert said["architecture"] == "retinanet-lite"
    assert said["classes"] == [{"id": 4, "name": "고양이"}, {"id": 9, "name": "a/b"}]
    assert said["input_size"] == [128, 96]
    assert said["snapshot_digest"] == "d"
    assert said["threads"] >= 1
    assert set(said["versions"]) == {"torch", "torchvision"}


def test_saving_again_replaces_the_model_whole(network: RetinaNet, tmp_path: Path) -> None:
    save_model(network, Meta(LITE, LABELS, metrics={"ap": 0.1}), tmp_path / "m")
    save_model(network, Meta(LITE, LABELS, metrics={"ap": 0.2}), tmp_path / "m")
    assert read_meta(tmp_path / "m").metrics == {"ap": 0.2}
    assert sorted(path.name for path in (tmp_path / "m").iterdir()) == [META, WEIGHTS]


def test_a_crash_between_the_two_moves_loses_nothing(network: RetinaNet, tmp_path: Path) -> None:
    save_model(network, Meta(LITE, LABELS), tmp_path / "m")
    (tmp_path / "m").rename(tmp_path / ".m.old")  # as if the power went here
    assert load_model(tmp_path / "m")[1].labels == LABELS


def test_a_failed_save_leaves_the_old_model(network: RetinaNet, tmp_path: Path) -> None:
    save_model(network, Meta(LITE, LABELS), tmp_path / "m")
    with pytest.raises(TypeError):
        save_model(network, Meta(LITE, LABELS, config={"x": object()}), tmp_path / "m")
    assert read_meta(tmp_path / "m").config == {}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m"]


def test_fields_can_be_filled_in_later(network: RetinaNet, tmp_path: Path) -> None:
    save_model(network, Meta(LITE, LABELS), tmp_path / "m")
    update_meta(tmp_path / "m", snapshot_digest="abc")
    assert read_meta(tmp_path / "m").snapshot_digest == "abc"


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "{}", '{"format": 99}', '{"format": 1, "classes": 3}', '{"format": "one"}']
)
def test_a_damaged_description_is_said_to_be_damaged(tmp_path: Path, content: str) -> None:
    (tmp_path / META).write_text(content, "utf-8")
    with pytest.raises(CheckpointError, match="damaged"):
        read_meta(tmp_path)


def test_missing_and_damaged_files_are_named(network: RetinaNet, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=META):
        load_model(tmp_path / "none")
    save_model(network, Meta(LITE, LABELS), tmp_path / "m")
    weights = tmp_path / "m" / WEIGHTS
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(CheckpointError, match=WEIGHTS):
        load_model(tmp_path / "m")
    weights.unlink()
    with pytest.raises(CheckpointError, match=WEIGHTS):
        load_model(tmp_path / "m")


def test_weights_of_another_shape_are_refused(network: RetinaNet, tmp_path: Path) -> None:
    save_model(network, Meta(LITE, LABELS), tmp_path / "m")
    said = json.loads((tmp_path / "m" / META).read_text("utf-8"))
    said["classes"].append({"id": 99, "name": "third"})
    (tmp_path / "m" / META).write_text(json.dumps(said), "utf-8")
    with pytest.raises(CheckpointError, match="another network"):
        load_model(tmp_path / "m")


def test_a_description_must_fit_its_network(network: RetinaNet, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="labels"):
        Meta(replace(LITE, classes=3), LABELS)
    with pytest.raises(ValueError, match="description"):
        save_model(network, Meta(replace(LITE, canvas=ImageSize(64, 64)), LABELS), tmp_path / "m")


@pytest.mark.parametrize("per_cell", [1, 9])
def test_anchors_a_cell_are_written_and_read_again(tmp_path: Path, per_cell: int) -> None:
    spec = replace(LITE, per_cell=per_cell)
    save_model(tiny(spec), Meta(spec, LABELS), tmp_path / "m")
    said = json.loads((tmp_path / "m" / META).read_text("utf-8"))
    assert (said["format"], said["anchors_per_cell"]) == (2, per_cell)
    with tiny_models():
        network, meta = load_model(tmp_path / "m")
    assert meta.spec == network.spec == spec
    assert len(network.anchors()) == per_cell * sum(rows * columns for rows, columns in grid_shapes(spec.canvas))


def format_1(folder: Path) -> Path:
    """A folder as the first version of Boxloop wrote it: nine anchors a cell, which it did not say."""
    torch.manual_seed(3)
    spec = replace(LITE, per_cell=9)
    save_model(tiny(spec), Meta(spec, LABELS, config=FORMAT_1_CONFIG), folder)
    said = json.loads((folder / META).read_text("utf-8"))
    del said["anchors_per_cell"]
    (folder / META).write_text(json.dumps(said | {"format": 1}), "utf-8")
    return folder


FORMAT_1_CONFIG = {
    "preset": "retinanet-lite", "scope": "head", "epochs": 30, "max_seconds": None, "batch_size": 8,
    "image_size": [128, 96], "learning_rate": 0.002, "weight_decay": 0.05, "focal_alpha": 0.25, "focal_gamma": 2.0,
    "patience": 8, "seed": 0, "augment": True, "weights_file": None, "start_from": None,
}  # fmt: skip


@pytest.mark.training
def test_a_model_of_the_first_format_is_read_and_trained_on(tmp_path: Path) -> None:
    old = format_1(tmp_path / "v1")
    assert read_meta(old).spec == replace(LITE, per_cell=9)
    train, val = scenes(tmp_path, 4), scenes(tmp_path, 2, "v")
    result = run(train, val, tmp_path / "r", parent=old)
    assert result.epochs == 4
    assert result.ap is not None
    # Nothing may have got better in so few steps; what it started from is a model of today all the same.
    made = result.folder or tmp_path / "r" / "start"
    said = json.loads((made / META).read_text("utf-8"))
    assert (said["format"], said["anchors_per_cell"], said["parent"]) == (2, 9, "v1")
    again = run(train, val, tmp_path / "r", resume=True)
    assert again.ap == result.ap
