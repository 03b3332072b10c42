"""The files of a model folder: its description as plain JSON, read and changed in one step, without loading torch."""

from __future__ import annotations

import json
import os
import uuid
from pathlib import Path
from typing import Any

from detector.errors import CheckpointError

META = "meta.json"


def read_description(folder: Path) -> dict[str, Any]:
    """What meta.json says, unchecked; whoever needs it to be a model's reads `checkpoints.read_meta`.

    Raises:
        CheckpointError: there is none, or it is damaged.
    """
    finish_swap(folder)
    try:
        values = json.loads((folder / META).read_text("utf-8"))
    except FileNotFoundError as error:
        raise CheckpointError(f"{folder} holds no model: {META} is missing.") from error
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{folder / META} is damaged: {error}") from error
    if not isinstance(values, dict):
        raise CheckpointError(f"{folder / META} is damaged: it holds no object")
    return values


def replace_description(folder: Path, values: dict[str, Any]) -> None:
    """Write another meta.json so that a crash leaves either the old one or the new one, whole."""
    beside = folder / f".{META}.{uuid.uuid4().hex}"
    write_json(beside, values)
    os.replace(beside, folder / META)  # noqa: PTH105
    sync(folder)


def write_json(path: Path, values: dict[str, Any]) -> None:
    path.write_text(json.dumps(values, indent=2, ensure_ascii=False) + "\n", "utf-8")
    sync(path)


def sync(path: Path) -> None:
    """Have the operating system put a file, or a folder's list of names, on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def finish_swap(folder: Path) -> None:
    """Bring back a model folder that a crash left under its other name; ask only then whether there is one."""
    if not folder.exists() and old_name(folder).exists():
        old_name(folder).rename(folder)


def old_name(folder: Path) -> Path:
    """Under which a folder lies while another one takes its place."""
    return folder.with_name(f".{folder.name}.old")
