"""Where the data sets for measurements and tests lie; they are never part of the project."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def folder_of(name: str) -> Path:
    """Where a data set would lie: below $BOXLOOP_DATASETS, or below ../shared/datasets."""
    return Path(os.environ.get("BOXLOOP_DATASETS", ROOT.parent / "shared" / "datasets")) / name


def dataset(name: str) -> Path:
    """Folder of a data set. Ends the program where it is absent."""
    folder = folder_of(name)
    if not folder.is_dir():
        sys.exit(f"{folder} is not there. Put the data set there, or name its parent folder in BOXLOOP_DATASETS.")
    return folder
