"""Where the data sets for measurements lie; they are never part of the project."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def dataset(name: str) -> Path:
    """Folder of a data set, below $BOXLOOP_DATASETS or ../shared/datasets. Ends the program where it is absent."""
    base = Path(os.environ.get("BOXLOOP_DATASETS", ROOT.parent / "shared" / "datasets"))
    folder = base / name
    if not folder.is_dir():
        sys.exit(f"{folder} is not there. Put the data set there, or name its parent folder in BOXLOOP_DATASETS.")
    return folder
