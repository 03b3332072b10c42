"""Boxloop's own command line, called as a person would, with the answer read from --json."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent


def boxloop(workspace: Path, *words: str) -> dict[str, Any]:
    """Run one sub-command and return its JSON; what it says on stderr goes to ours."""
    command = [sys.executable, "launch.py", words[0], "--workspace", str(workspace), "--json", *words[1:]]
    run = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    if run.returncode != 0:
        sys.exit(f"boxloop {' '.join(words)} ended with exit code {run.returncode}: {run.stdout}")
    answer: dict[str, Any] = json.loads(run.stdout)
    return answer
