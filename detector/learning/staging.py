"""The stages of a run: which parts of the network are trained one after the other, how long, and how fast.

Every stage starts from the best model of the one before, and none may make it worse.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from detector.runs import Optimizer, Preset, Scope

HEAD_SHARE = 0.1  # of the epochs, for the first stage: its steps are quick, and soon bring less than deep ones
WARM_SHARE = 0.5  # of the usual epochs, where a run starts from a model of its own kind
RATE_BATCH = 8  # the batch that the rates below were found for

# Peaks of the learning rate.
_RATES = {
    (Preset.LITE, Optimizer.ADAMW): {
        Scope.HEAD: 2e-3, Scope.HEAD_FPN: 2e-3, Scope.DEEP: 5e-4, Scope.ALL: 5e-4,
    },
    (Preset.LITE, Optimizer.SGD): {
        Scope.HEAD: 1e-2, Scope.HEAD_FPN: 1e-2, Scope.DEEP: 2e-3, Scope.ALL: 2e-3,
    },
    (Preset.R50_V2, Optimizer.ADAMW): {
        Scope.HEAD: 1e-3, Scope.HEAD_FPN: 5e-4, Scope.DEEP: 2e-4, Scope.ALL: 1e-4,
    },
    (Preset.R50_V2, Optimizer.SGD): {
        Scope.HEAD: 1e-2, Scope.HEAD_FPN: 5e-3, Scope.DEEP: 2e-3, Scope.ALL: 1e-3,
    },
}  # fmt: skip

STAGE_REASONS = {
    Scope.HEAD: "The head learns quickly, as all before it stays as it is and is computed once.",
    Scope.HEAD_FPN: "Head and feature pyramid learn quickly, as all before them stays as it is and is computed once.",
    Scope.DEEP: "The deep layers know most about what things are, and adapt to yours.",
    Scope.ALL: "The whole network adapts, for the last points.",
}
_WORDS = {
    Scope.HEAD: "head",
    Scope.HEAD_FPN: "head and FPN",
    Scope.DEEP: "deep layers",
    Scope.ALL: "whole network",
}


@dataclass(frozen=True, slots=True)
class Stage:
    """A part of a run, which starts from the best model of the one before.

    Attributes:
        name: the scope's value, as in EpochReport.stage.
        epochs: at most.   learning_rate: its peak.
        reason: what it is for, in a sentence.   seconds: a guess of its wall clock.
    """

    name: str
    scope: Scope
    epochs: int
    learning_rate: float
    reason: str
    seconds: float = 0.0


def usual_depth(preset: Preset, device: str) -> Scope:
    """The deepest scope where nobody chose one."""
    if preset is Preset.LITE:
        return Scope.DEEP
    return Scope.ALL if device == "cuda" else Scope.HEAD


def scopes_down_to(deepest: Scope) -> list[Scope]:
    """From the shallowest to this one; a head with its pyramid is a stage of its own, as it needs no other before."""
    return [deepest] if deepest in (Scope.HEAD, Scope.HEAD_FPN) else [Scope.HEAD, deepest]


def scopes_in(scopes: list[Scope], epochs: int, *, asked_for: bool) -> list[Scope]:
    """As many of the stages as there are epochs for; if the deepest was asked for, it is the last to be left out."""
    if epochs >= len(scopes):
        return scopes
    return scopes[-epochs:] if asked_for else scopes[:epochs]


def epochs_of(stages: int, epochs: int) -> list[int]:
    """The epochs of each stage; there are at least as many as stages."""
    if stages == 1:
        return [epochs]
    first = min(max(1, round(HEAD_SHARE * epochs)), epochs - 1)
    return [first, epochs - first]


def first_rate(preset: Preset, optimizer: Optimizer, scope: Scope, batch: int, *, warm: bool) -> float:
    """Peak of the first stage: goes with the batch (SGD) or its root (AdamW, Malladi et al. 2022) up to RATE_BATCH.

    Args:
        warm: it starts from a model of its own kind, near a good place: half of it will do.
    """
    share = min(1.0, batch / RATE_BATCH)
    share = share if optimizer is Optimizer.SGD else math.sqrt(share)
    return _rounded(_RATES[preset, optimizer][scope] * share / (2 if warm else 1))


def rates_of(preset: Preset, optimizer: Optimizer, scopes: Sequence[Scope], first: float) -> list[float]:
    """Peaks of all stages, which keep their usual proportion to that of the first."""
    usual = _RATES[preset, optimizer]
    return [first, *(_rounded(first * usual[scope] / usual[scopes[0]]) for scope in scopes[1:])]


def said(scopes: Sequence[Scope]) -> str:
    """`head, then deep layers`."""
    return ", then ".join(_WORDS[scope] for scope in scopes)


def _rounded(rate: float) -> float:
    return float(f"{rate:.1e}")
