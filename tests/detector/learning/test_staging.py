"""A run has at least one stage, each has at least one epoch, and together they have all."""

import pytest

from detector.learning.staging import (
    HEAD_SHARE,
    epochs_of,
    first_rate,
    rates_of,
    said,
    scopes_down_to,
    scopes_in,
    usual_depth,
)
from detector.runs import Optimizer, Preset, Scope


@pytest.mark.parametrize("epochs", range(1, 40))
def test_the_stages_share_all_epochs_and_none_goes_without(epochs: int) -> None:
    for deepest in Scope:
        for asked_for in (True, False):
            scopes = scopes_in(scopes_down_to(deepest), epochs, asked_for=asked_for)
            parts = epochs_of(len(scopes), epochs)
            assert len(parts) == len(scopes) >= 1
            assert sum(parts) == epochs
            assert min(parts) >= 1


def test_with_one_epoch_what_was_asked_for_is_trained_and_else_the_head() -> None:
    assert scopes_in([Scope.HEAD, Scope.ALL], 1, asked_for=True) == [Scope.ALL]
    assert scopes_in([Scope.HEAD, Scope.ALL], 1, asked_for=False) == [Scope.HEAD]


def test_the_first_stage_gets_the_smaller_share() -> None:
    first, second = epochs_of(2, 50)
    assert first == round(50 * HEAD_SHARE) < second


@pytest.mark.parametrize("preset", list(Preset))
@pytest.mark.parametrize("optimizer", list(Optimizer))
def test_every_scope_has_a_rate_and_deeper_ones_no_higher_ones(preset: Preset, optimizer: Optimizer) -> None:
    for device in ("cpu", "cuda", "mps"):
        assert usual_depth(preset, device) in Scope
    for deepest in Scope:
        scopes = scopes_down_to(deepest)
        rates = rates_of(preset, optimizer, scopes, first_rate(preset, optimizer, scopes[0], 8, warm=False))
        assert sorted(rates, reverse=True) == rates
        assert said(scopes)


def test_a_small_batch_and_a_warm_start_take_smaller_steps() -> None:
    def rate(optimizer: Optimizer, batch: int, *, warm: bool = False) -> float:
        return first_rate(Preset.LITE, optimizer, Scope.HEAD, batch, warm=warm)

    assert rate(Optimizer.ADAMW, 2) == rate(Optimizer.ADAMW, 8) / 2
    assert rate(Optimizer.SGD, 2) == rate(Optimizer.SGD, 8) / 4
    assert rate(Optimizer.ADAMW, 64) == rate(Optimizer.ADAMW, 8)
    assert rate(Optimizer.ADAMW, 8, warm=True) == rate(Optimizer.ADAMW, 8) / 2
