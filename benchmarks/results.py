"""What a measurement leaves behind: a JSON file with the machine it ran on, a table on the screen, and a plot.

`python -m benchmarks.results` prints the tables of all results that are kept.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import psutil

RESULTS = Path(__file__).parent / "results"
_BEGUN, _LOAD = datetime.now(UTC).isoformat(timespec="seconds"), psutil.getloadavg()[0]


def keep(name: str, figures: Mapping[str, Any], folder: Path = RESULTS) -> Path:
    """Write `folder`/<name>.json and print the figures as a table.

    Kept beside the figures: when it was begun and written, what machine it was, and the load average (tasks, over a
    minute) when this process began and now, as figures of a busy machine are no good.
    """
    folder.mkdir(parents=True, exist_ok=True)
    content = {
        "name": name,
        "begun": _BEGUN,
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {
            **machine(),
            "load_at_start": round(_LOAD, 2),
            "load_at_end": round(psutil.getloadavg()[0], 2),
        },
        "figures": figures,
    }
    path = folder / f"{name}.json"
    beside = path.with_suffix(f".{os.getpid()}.json")
    beside.write_text(json.dumps(content, indent=1) + "\n", "utf-8")
    beside.replace(path)
    print(readable(name, figures), file=sys.stderr)
    return path


def kept(name: str, folder: Path = RESULTS) -> dict[str, Any] | None:
    """The figures that were kept under a name; None where there are none."""
    try:
        figures: dict[str, Any] = json.loads((folder / f"{name}.json").read_text("utf-8"))["figures"]
    except FileNotFoundError:
        return None
    return figures


def machine() -> dict[str, Any]:
    """Processor, cores that may be used, memory in GB, system, versions, and the GPU where there is one."""
    process = psutil.Process()
    cores = len(process.cpu_affinity()) if hasattr(process, "cpu_affinity") else os.cpu_count()
    return {
        "cpu": _cpu_name(),
        "cores": cores,
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "torch": _version("torch"),
        "torchvision": _version("torchvision"),
        "gpu": _gpu_name(),
    }


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Aligned plain text: the first column to the left, the others to the right; None is a dash."""
    cells = [[str(cell) for cell in header], *([shown(cell) for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(header))]
    lines = []
    for row in cells:
        padded = [c.ljust(w) if not i else c.rjust(w) for i, (c, w) in enumerate(zip(row, widths, strict=True))]
        lines.append("  ".join(padded).rstrip())
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]])


def readable(name: str, figures: Mapping[str, Any]) -> str:
    """One line a figure, those of a group under its name; lists of plain groups become tables."""
    lines = [f"== {name} =="]
    flat: list[tuple[str, object]] = []
    tables: list[str] = []
    _flatten("", figures, flat, tables)
    width = max((len(key) for key, _ in flat), default=0)
    return "\n".join([*lines, *(f"{key.ljust(width)}  {shown(value)}" for key, value in flat), *tables])


def shown(value: object) -> str:
    """A figure as a person reads it."""
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}"
    if isinstance(value, list | tuple):
        return ", ".join(shown(one) for one in value)
    return str(value)


def _flatten(key: str, value: object, flat: list[tuple[str, object]], tables: list[str]) -> None:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            _flatten(f"{key}.{name}" if key else str(name), inner, flat, tables)
    elif isinstance(value, list) and value and all(isinstance(row, Mapping) for row in value):
        header = list(dict.fromkeys(name for row in value for name in row))
        tables.append(f"\n{key}\n" + table(header, [[row.get(name) for name in header] for row in value]))
    else:
        flat.append((key, value))


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _cpu_name() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass  # not a Linux
    return platform.processor() or platform.machine()


def _gpu_name() -> str | None:
    """As NVIDIA's own tool names it, so that no torch is loaded for a name."""
    command = ["nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    names = answer.stdout.strip().splitlines() if answer.returncode == 0 else []
    return names[0] if names else None


def main() -> None:
    for path in sorted(RESULTS.glob("*.json")):
        content = json.loads(path.read_text("utf-8"))
        print(readable(content["name"], content["figures"]))
        print(f"({content['written']}, {content['machine']['cpu']}, {content['machine']['cores']} cores)\n")


if __name__ == "__main__":
    main()
