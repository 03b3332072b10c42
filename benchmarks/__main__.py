"""Every measurement that the README quotes: `make bench`, or `python -m benchmarks NAME ...` for some of them.

All of them take many hours on two cores; `retrain` goes on where it was broken off. What comes out is kept in
benchmarks/results, and `python -m benchmarks.results` prints it. Leave the machine alone meanwhile.
"""

from __future__ import annotations

import argparse
import importlib
import subprocess
import sys
from collections.abc import Callable

from benchmarks.command_line import ROOT
from benchmarks.results import keep

DATASETS = ("bccd", "demo", "look-alikes")


def retrain(*words: str) -> None:
    """In processes of their own, so that one that fails leaves the others their turn."""
    for dataset in DATASETS:
        seeds = "3" if dataset == "bccd" else "1"
        run("benchmarks.retrain", "--dataset", dataset, "--seeds", seeds, *words)


def label_errors() -> None:
    for dataset in ("bccd", "demo"):
        run("benchmarks.label_errors", "--dataset", dataset)
    run("benchmarks.label_errors", "--completed")


def run(module: str, *words: str) -> None:
    """`python -m module words`. Says so where it fails, and goes on."""
    ended = subprocess.run([sys.executable, "-m", module, *words], cwd=ROOT, check=False)
    if ended.returncode != 0:
        print(f"{module} ended with exit code {ended.returncode}", file=sys.stderr)


def kept(name: str, **settings: object) -> None:
    """What `benchmarks.<name>.measure` returns, under its own name."""
    keep(name, importlib.import_module(f"benchmarks.{name}").measure(**settings))


MEASUREMENTS: dict[str, Callable[[], None]] = {
    "inference": lambda: run("benchmarks.inference"),
    "pipeline": lambda: run("benchmarks.pipeline"),
    "retrain": retrain,
    "bccd": lambda: kept("bccd", minutes=6.0, preset="retinanet-lite"),
    "labour": lambda: run("benchmarks.labour"),
    "label_errors": label_errors,
    "active_learning": lambda: run("benchmarks.active_learning"),
    "thresholds": lambda: run("benchmarks.thresholds"),
    "save_latency": lambda: kept("save_latency", images=100_000, boxes=1_000_000, saves=10_000),
    "lost_edits": lambda: kept("lost_edits", rounds=200, seed=0),
    "canvas": lambda: kept("canvas", steps=120),
    "effort": lambda: kept("effort", images=20, driven=20),
    "grid": lambda: kept("grid", images=100_000, boxes=1_000_000, gallery=10_000),
    "next_image": lambda: kept("next_image", images=36),
    "mistakes": lambda: kept("mistakes", images=2000, predictions=100, moves=60),
    "trying": lambda: kept("trying", rounds=5, pictures=100),
    "evaluation": lambda: kept("evaluation", images=2000, boxes=100, rounds=3),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"some of {', '.join(MEASUREMENTS)}; all by default")
    names = parser.parse_args().names
    if unknown := set(names) - set(MEASUREMENTS):
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are: {', '.join(MEASUREMENTS)}")
    for name in names or MEASUREMENTS:
        MEASUREMENTS[name]()


if __name__ == "__main__":
    main()
