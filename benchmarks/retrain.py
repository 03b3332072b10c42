"""Time to the same test AP50: Boxloop as a person has it, and the peers S and R on the same data and machine.

    python -m benchmarks.retrain [--dataset bccd] [--seeds 3] [--peers R S] [--ours cold warm waiting fit]
                                 [--minutes 1.5 6 10]

Interleaved: seed 0 of each, then seed 1 of each, and so on, so that a machine that is slower for an hour is so for all.
Each run is kept below .bench/runs as soon as it is through and not run again, unless --fresh is given; the table is
made of what is there (--table makes it without running anything).

cold, warm, waiting: by the click, in a server of its own (see `clicks`). fit: the training alone (see `fit_curve`).
limit: `train --max-minutes` by the command line right after a fresh import, once for each of --minutes.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from benchmarks import clicks, retrain_report, sets
from benchmarks.command_line import ROOT
from benchmarks.peers import PEERS
from benchmarks.plots import plot_curves
from benchmarks.results import RESULTS, keep, machine

RUNS = ROOT / ".bench" / "runs"
WARM_SECONDS = 240.0  # after which a warm run is cancelled by default: by then it is where a cold one will be
MINUTES = (1.5, 6.0, 10.0)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What shall be run. See the options of the command line."""

    dataset: str = "bccd"
    seeds: int = 3
    peers: tuple[str, ...] = ("R", "S")
    ours: tuple[str, ...] = (*clicks.VARIANTS, "fit")
    minutes: tuple[float, ...] = MINUTES
    warm_seconds: float | None = WARM_SECONDS
    cold_seconds: float | None = None
    peer_steps: int | None = None
    peer_epochs: int | None = None
    size: str | None = None

    def runs(self) -> Iterator[tuple[str, int]]:
        """Names and seeds in the order in which they are run."""
        names = [*self.ours, *(f"limit {minutes:g}" for minutes in self.minutes), *self.peers]
        for seed in range(self.seeds):
            yield from ((name, seed) for name in names)


def measure(wanted: Wanted, *, fresh: bool = False, folder: Path = RUNS) -> dict[str, Any]:
    """Run what is missing and put together what is there."""
    data = sets.load(wanted.dataset)
    for name, seed in wanted.runs():
        path = run_file(folder, wanted.dataset, name, seed)
        if path.exists() and not fresh:
            continue
        print(f"{time.strftime('%H:%M:%S')} {wanted.dataset}: {name}, seed {seed}", file=sys.stderr, flush=True)
        load = psutil.getloadavg()[0]
        figures = run_one(wanted, data, name, seed)
        figures |= {"load_before": round(load, 2), "load_after": round(psutil.getloadavg()[0], 2), "machine": machine()}
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(figures, indent=1), "utf-8")
    return report(wanted.dataset, folder)


def run_one(wanted: Wanted, data: sets.TrainingSet, name: str, seed: int) -> dict[str, Any]:
    """One run of one of them."""
    if name in clicks.VARIANTS:
        limit = wanted.cold_seconds if name == "cold" else wanted.warm_seconds
        return clicks.measure(data, name, seed, stop_after=limit)
    if name.startswith("limit "):
        return clicks.by_command(data, float(name.removeprefix("limit ")), seed)
    words = ["benchmarks.fit_curve"] if name == "fit" else ["benchmarks.peers", name]
    words += ["--dataset", wanted.dataset, "--seed", str(seed)]
    if name == "fit":
        words += [] if wanted.cold_seconds is None else ["--minutes", str(wanted.cold_seconds / 60)]
    else:
        given = {"--steps": wanted.peer_steps, "--epochs": wanted.peer_epochs, "--size": wanted.size}
        words += [word for option, value in given.items() if value is not None for word in (option, str(value))]
    return in_a_process_of_its_own(words)


def in_a_process_of_its_own(words: list[str]) -> dict[str, Any]:
    """The figures that `python -m <words> --out FILE` writes. Ends the program where it fails."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "figures.json"
        run = subprocess.run(
            [sys.executable, "-m", *words, "--out", str(out)], cwd=ROOT, stdout=sys.stderr, check=False
        )
        if run.returncode != 0:
            sys.exit(f"{' '.join(words)} ended with exit code {run.returncode}")
        figures: dict[str, Any] = json.loads(out.read_text("utf-8"))
        return figures


def run_file(folder: Path, dataset: str, name: str, seed: int) -> Path:
    return folder / dataset / f"{name.replace(' ', '-')}.{seed}.json"


def kept_runs(dataset: str, folder: Path = RUNS) -> dict[str, dict[int, dict[str, Any]]]:
    """All runs on a data set that are there, by name and seed."""
    runs: dict[str, dict[int, dict[str, Any]]] = {}
    for path in sorted((folder / dataset).glob("*.json")):
        name, _, seed = path.stem.rpartition(".")
        named = name.replace("limit-", "limit ")
        runs.setdefault(named, {})[int(seed)] = json.loads(path.read_text("utf-8"))
    return runs


def report(dataset: str, folder: Path = RUNS, results: Path = RESULTS) -> dict[str, Any]:
    """Keep figures and plot of the runs that are there, as results/retrain-<dataset>.json and .svg."""
    runs = kept_runs(dataset, folder)
    figures = {"dataset": dataset, **retrain_report.figures(runs)}
    name = f"retrain-{dataset}"
    if curves := retrain_report.curves(runs):
        plot_curves(results / f"{name}.svg", f"Test AP50 on {dataset}", "test AP50", curves)
    keep(name, figures, results)
    (results / f"{name}-runs.json").write_text(json.dumps(_without_lists(runs), separators=(",", ":")) + "\n", "utf-8")
    return figures


def _without_lists(runs: dict[str, dict[int, dict[str, Any]]]) -> dict[str, Any]:
    """The runs as they are kept beside the figures: the losses of single steps and the notes are left out."""
    left_out = {"first_losses", "notes"}
    return {
        name: {seed: {key: value for key, value in run.items() if key not in left_out} for seed, run in by_seed.items()}
        for name, by_seed in runs.items()
    }


def options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dataset", choices=sets.NAMES, default="bccd")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--peers", nargs="*", choices=PEERS, default=["R", "S"])
    parser.add_argument("--ours", nargs="*", choices=[*clicks.VARIANTS, "fit"], default=[*clicks.VARIANTS, "fit"])
    parser.add_argument("--minutes", nargs="*", type=float, default=list(MINUTES), help="limited runs, one each")
    parser.add_argument("--warm-seconds", type=float, default=WARM_SECONDS, help="after which warm runs are cancelled")
    parser.add_argument("--cold-seconds", type=float, help="the same for cold ones, and a limit for fit")
    parser.add_argument("--peer-steps", type=int, help="end peers after so many steps (for a quick look)")
    parser.add_argument("--peer-epochs", type=int, help="of the peers' schedules, instead of their own")
    parser.add_argument("--size", help="of the peers' input, as 384x288; Boxloop's own choice if not given")
    parser.add_argument("--fresh", action="store_true", help="run again what is there")
    parser.add_argument("--table", action="store_true", help="run nothing; put together what is there")
    return parser


def main() -> None:
    given = options().parse_args()
    if given.table:
        report(given.dataset)
        return
    wanted = Wanted(
        dataset=given.dataset,
        seeds=given.seeds,
        peers=tuple(given.peers),
        ours=tuple(given.ours),
        minutes=tuple(given.minutes),
        warm_seconds=given.warm_seconds,
        cold_seconds=given.cold_seconds,
        peer_steps=given.peer_steps,
        peer_epochs=given.peer_epochs,
        size=given.size,
    )
    measure(wanted, fresh=given.fresh)


if __name__ == "__main__":
    main()
