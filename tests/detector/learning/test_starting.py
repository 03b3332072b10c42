"""Classes change without forgetting: what a run takes over from the model it starts from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from detector.architectures.head import prior_bias
from detector.architectures.retinanet import RetinaNet
from detector.domain import Annotation, LabelSet
from detector.errors import CheckpointError
from detector.features.features import FeatureSource
from detector.learning.starting import Start, prepare
from detector.learning.validating import validate
from detector.models.checkpoints import Meta, load_model, read_meta, save_model
from detector.pictures.dataset import Example
from detector.runs import Preset, Scope, TrainConfig
from tests.detector.scenes import LITE, scenes
from tests.detector.tiny_network import tiny
from tests.detector.tiny_runs import run, tiny_models

KNOWN = LabelSet((11, 7, 5), ("red", "blue", "green"))
CHANGES = {
    "as before": LabelSet((11, 7, 5), ("red", "blue", "green")),
    "one more": LabelSet((11, 7, 5, 99), ("red", "blue", "green", "new")),
    "one more in front": LabelSet((99, 11, 7, 5), ("new", "red", "blue", "green")),
    "one less": LabelSet((11, 5), ("red", "green")),
    "two became one": LabelSet((11, 7), ("red or green", "blue")),  # 5 was merged into 11
    "other names": LabelSet((11, 7, 5), ("rouge", "green", "blue")),
    "another order": LabelSet((5, 11, 7), ("green", "red", "blue")),
    "all at once": LabelSet((5, 99, 11), ("vert", "new", "red or blue")),
    "nothing known": LabelSet((1, 2), ("red", "blue")),
}


def labelled(examples: list[Example], label: int) -> list[Example]:
    return [replace(e, annotations=tuple(Annotation(a.box, label) for a in e.annotations)) for e in examples]


def started(
    parent: Path,
    labels: LabelSet,
    folder: Path,
    config: TrainConfig | None = None,
    successors: dict[int, int] | None = None,
) -> Start:
    train, val = labelled(scenes(folder, 3), 0), labelled(scenes(folder, 2, "v"), 0)
    with tiny_models():
        return prepare(
            train,
            val,
            labels,
            config or TrainConfig(),
            device="cpu",
            parent=parent,
            on_note=lambda _: None,
            successors=successors,
        )


@pytest.fixture(params=[1, 9])
def parent(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A model of three classes whose rows are all different."""
    torch.manual_seed(4)
    spec = replace(LITE, classes=3, per_cell=request.param)
    network = tiny(spec)
    last = network.head.classification_head.cls_logits
    torch.nn.init.normal_(last.weight)
    torch.nn.init.normal_(last.bias)
    save_model(network, Meta(spec, KNOWN), tmp_path / "v1")
    return tmp_path / "v1"


@pytest.mark.parametrize("change", CHANGES)
def test_known_classes_keep_their_rows_by_id(parent: Path, tmp_path: Path, change: str) -> None:
    labels = CHANGES[change]
    with tiny_models():
        old, _ = load_model(parent)
    new = started(parent, labels, tmp_path).network
    per_cell = old.spec.per_cell
    before, after = old.head.classification_head.cls_logits, new.head.classification_head.cls_logits
    assert before.bias is not None
    assert after.bias is not None
    for row, class_id in enumerate(labels.ids):
        for anchor in range(per_cell):
            place = anchor * len(labels) + row
            if class_id in KNOWN.ids:
                source = anchor * 3 + KNOWN.ids.index(class_id)
                assert torch.equal(after.weight[place], before.weight[source]), (change, class_id, anchor)
                assert torch.equal(after.bias[place], before.bias[source])
            else:
                assert float(after.bias[place].detach()) == pytest.approx(prior_bias())
                assert 0 < float(after.weight[place].detach().abs().max()) < 0.1
    kept, expected = new.state_dict(), old.state_dict()
    others = [name for name in expected if "cls_logits" not in name]
    assert all(torch.equal(kept[name], expected[name]) for name in others)


@pytest.mark.parametrize(
    ("labels", "source"),
    [
        pytest.param(LabelSet((11, 7), ("red or green", "blue")), 11, id="the class merged into was known"),
        pytest.param(LabelSet((99, 7), ("plant", "blue")), 5, id="only the merged one was known"),
    ],
)
def test_a_class_that_others_were_merged_into_starts_from_its_own_rows_else_from_theirs(
    parent: Path, tmp_path: Path, labels: LabelSet, source: int
) -> None:
    with tiny_models():
        old, _ = load_model(parent)
    new = started(parent, labels, tmp_path, successors={5: labels.ids[0]}).network
    before, after = old.head.classification_head.cls_logits, new.head.classification_head.cls_logits
    for anchor in range(old.spec.per_cell):
        from_row = anchor * 3 + KNOWN.ids.index(source)
        assert torch.equal(after.weight[anchor * len(labels)], before.weight[from_row])


def test_a_child_says_what_it_is_and_keeps_canvas_and_anchors(parent: Path, tmp_path: Path) -> None:
    start = started(parent, CHANGES["all at once"], tmp_path)
    spec = read_meta(parent).spec
    assert start.network.spec == start.meta.spec == replace(spec, classes=3)
    assert start.meta.labels == CHANGES["all at once"]
    assert start.meta.parent == "v1"
    assert start.plan.image_size == (spec.canvas.width, spec.canvas.height)


def test_a_parent_of_another_kind_is_refused(parent: Path, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="Choose its network, or start from the pretrained weights"):
        started(parent, KNOWN, tmp_path, TrainConfig(preset=Preset.R50_V2))


@pytest.fixture(scope="module", params=[1, 9])
def trained(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Example]]:
    """A model that has really learned two classes, and the pictures it was validated on."""
    folder = tmp_path_factory.mktemp("trained")
    train, val = scenes(folder, 8), scenes(folder, 3, "v")
    config = TrainConfig(
        scope=Scope.ALL, epochs=36, batch_size=4, image_size=(128, 96), learning_rate=5e-3, augment=False
    )
    result = run(train, val, folder / "r", config, per_cell=request.param)
    assert result.ap is not None
    assert result.ap > 0.3
    assert result.folder is not None
    return result.folder, val


def ap_by_id(network: RetinaNet, meta: Meta, val: list[Example]) -> dict[int, float]:
    """Average precision of the classes of `val`, whose labels are by their place in the parent."""
    ids = (11, 7)
    moved = [
        replace(e, annotations=tuple(Annotation(a.box, meta.labels.ids.index(ids[a.label])) for a in e.annotations))
        for e in val
    ]
    source = FeatureSource(network, moved, seed=0, augment=False, views=1)
    figures, _ = validate(network, source, moved, meta)
    source.close()
    return {meta.labels.ids[one.label]: one.ap for one in figures.per_class if one.ap is not None and one.boxes}


@pytest.mark.training
@pytest.mark.parametrize(
    "labels", [LabelSet((11, 7, 99), ("r", "b", "new")), LabelSet((3, 7, 99, 11), ("x", "b", "y", "r"))]
)
def test_old_classes_are_found_as_well_right_after_new_ones_came(
    trained: tuple[Path, list[Example]], tmp_path: Path, labels: LabelSet
) -> None:
    folder, val = trained
    with tiny_models():
        before = ap_by_id(*load_model(folder), val)
    start = started(folder, labels, tmp_path)
    after = ap_by_id(start.network, start.meta, val)
    assert set(before) == set(after) == {11, 7}
    assert max(before.values()) > 0.3
    for class_id, ap in before.items():
        assert after[class_id] == pytest.approx(ap, abs=0.001)
