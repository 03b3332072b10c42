"""What the runs of `retrain` say together: times to the same test AP50, ratios, final figures.

Pure: runs in, figures out.

A run is what `clicks.measure`, `clicks.by_command`, `fit_curve.measure` or `peers.measure` returned.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean
from typing import Any

from benchmarks.plots import Curve

LESS = 0.005  # of AP50: as good as R, but for luck
USABLE = 0.5  # AP50 from which on a model is of use

Run = Mapping[str, Any]
Runs = Mapping[str, Mapping[int, Run]]
"""By what ran ("R", "S", "cold", "warm", "waiting", "fit", "limit 1.5"), then by seed."""

OURS = ("cold", "warm", "waiting", "fit")


def seconds_to(curve: Sequence[Run], ap50: float) -> float | None:
    """When the test AP50 was first reached; None where it never was."""
    return next((float(mark["seconds"]) for mark in curve if mark["test_ap50"] >= ap50), None)


def final_of(run: Run) -> tuple[float, float] | None:
    """AP and AP50 on the test images of what a run ends with; None where it came to no model.

    A peer keeps its best by validation AP; of ours it is the model that is active at the end.
    """
    if "final" in run:
        return run["final"]["ap"], run["final"]["ap50"]
    if not run["curve"]:
        return None
    last = run["curve"][-1]
    return last["test_ap"], last["test_ap50"]


def figures(runs: Runs) -> dict[str, Any]:
    """Everything that can be said with the runs there are."""
    answer: dict[str, Any] = {"finals": finals(runs)}
    if limited := _limited(runs):
        answer["limited"] = limited
    answer["first_usable"] = first_usable(runs)
    if runs.get("R"):
        answer["against_R"] = against(runs, "R")
    if runs.get("S"):
        answer["against_S"] = against(runs, "S")
    return answer


def finals(runs: Runs) -> list[dict[str, Any]]:
    """What each ends with on the test images, mean and by seed; runs that were cancelled have no end."""
    rows = []
    for name, whole in _with_curves(runs):
        by_seed = {seed: run for seed, run in sorted(whole.items()) if not run.get("cancelled")}
        ends = {seed: end for seed, run in by_seed.items() if (end := final_of(run)) is not None}
        if ends:
            rows.append(
                {
                    "what": name,
                    "runs": len(ends),
                    "ap": fmean(end[0] for end in ends.values()),
                    "ap50": fmean(end[1] for end in ends.values()),
                    "seconds": fmean(float(run["seconds"]) for run in by_seed.values()),
                    "ap_by_seed": [round(end[0], 4) for end in ends.values()],
                    "ap50_by_seed": [round(end[1], 4) for end in ends.values()],
                }
            )
    return rows


def first_usable(runs: Runs) -> list[dict[str, Any]]:
    """Seconds to the first model with a test AP50 of USABLE, and to the first one at all."""
    rows = []
    for name, by_seed in _with_curves(runs):
        usable = [seconds_to(run["curve"], USABLE) for _, run in sorted(by_seed.items())]
        first = [run["curve"][0]["seconds"] for _, run in sorted(by_seed.items()) if run["curve"]]
        rows.append({"what": name, "usable": _mean(usable), "by_seed": usable, "first_model": _mean(first)})
    return rows


def against(runs: Runs, peer: str) -> dict[str, Any]:
    """How much sooner ours reaches the test AP50 that a peer ends with (mean of its seeds), less LESS.

    Two readings of the peer's time: until it first reaches its own final AP50 less LESS, seed by seed, and until its
    end, which is when a person has it.
    """
    of_peer = {seed: run for seed, run in runs[peer].items() if final_of(run) is not None}
    ends = {seed: final_of(run) for seed, run in of_peer.items()}
    target = fmean(end[1] for end in ends.values() if end) - LESS
    reached = [seconds_to(run["curve"], end[1] - LESS) for seed, run in of_peer.items() if (end := ends[seed])]
    until_reached, until_end = _mean(reached), fmean(float(run["seconds"]) for run in of_peer.values())
    rows = []
    for name in OURS:
        if not runs.get(name):
            continue
        took = [seconds_to(run["curve"], target) for _, run in sorted(runs[name].items())]
        known = [one for one in took if one is not None]
        mean = fmean(known) if len(known) == len(took) else None  # a seed that never got there has no time
        rows.append(
            {
                "what": name,
                "seconds": mean,
                "by_seed": took,
                "got_there": f"{len(known)} of {len(took)}",
                "sooner_than_peer_reaches_it": _ratio(until_reached, mean),
                "sooner_than_peer_ends": _ratio(until_end, mean),
            }
        )
    return {
        "test_ap50_to_reach": round(target, 4),
        "peer_seconds_until_reached": until_reached,
        "peer_seconds_until_end": until_end,
        "ours": rows,
    }


def curves(runs: Runs) -> dict[str, list[Curve]]:
    """(seconds, test AP50) of every run, by name, for the plot."""
    return {
        name: [[(mark["seconds"], mark["test_ap50"]) for mark in run["curve"]] for _, run in sorted(by_seed.items())]
        for name, by_seed in _with_curves(runs)
    }


def _with_curves(runs: Runs) -> Iterable[tuple[str, Mapping[int, Run]]]:
    return [(name, by_seed) for name, by_seed in runs.items() if by_seed and not name.startswith("limit ")]


def _limited(runs: Runs) -> list[dict[str, Any]]:
    rows = []
    for name, by_seed in runs.items():
        if name.startswith("limit ") and by_seed:
            of_seed = [run for _, run in sorted(by_seed.items())]
            rows.append(
                {
                    "minutes": float(name.removeprefix("limit ")),
                    "ap50": fmean(run["ap50"] for run in of_seed),
                    "ap": fmean(run["ap"] for run in of_seed),
                    "seconds": fmean(run["seconds"] for run in of_seed),
                    "ap50_by_seed": [round(run["ap50"], 4) for run in of_seed],
                }
            )
    return sorted(rows, key=lambda row: row["minutes"])


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if known and len(known) == len(values) else None


def _ratio(peer: float | None, ours: float | None) -> float | None:
    return None if peer is None or ours is None else round(peer / ours, 2)
