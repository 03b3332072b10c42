"""A model that can be put to work without having been trained: random weights that find boxes anywhere."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch

from detector.architectures.interface import NetworkSpec
from detector.architectures.retinanet_lite import build_lite
from detector.domain import LabelSet
from detector.models.checkpoints import Meta, save_model
from storage.records import ModelVersion
from storage.store import Store
from tests.detector.scenes import LITE
from tests.gui.labelled_project import add_model


def write_model(folder: Path, class_ids: tuple[int, ...], spec: NetworkSpec = LITE) -> None:
    """A folder as a run leaves it, for these classes; always the same weights."""
    torch.manual_seed(0)
    spec = replace(spec, classes=len(class_ids))
    network = build_lite(spec).eval()
    with torch.no_grad():  # scores spread over 0..1, so that boxes come out
        network.head.classification_head.cls_logits.weight.mul_(30)
    save_model(network, Meta(spec, LabelSet(class_ids, tuple(f"class {i}" for i in class_ids))), folder)


def add_working_model(
    store: Store, project_id: int, class_ids: tuple[int, ...], name: str = "works", spec: NetworkSpec = LITE
) -> ModelVersion:
    """A model version with its folder, made the active one."""
    write_model(store.workspace.model(name), class_ids, spec)
    return add_model(store, project_id, name, active=True)
