from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from detector.learning.optimizing import EMA_DECAY, MovingAverage, learning_rate, make_optimizer, trainable
from detector.runs import Optimizer, Schedule


def layers() -> nn.Sequential:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.GroupNorm(2, 4), nn.Conv2d(4, 2, 1))
    model[0].requires_grad_(False)
    return model


@pytest.mark.parametrize(("kind", "cls"), [(Optimizer.SGD, torch.optim.SGD), (Optimizer.ADAMW, torch.optim.AdamW)])
def test_only_what_is_trained_moves_and_norms_and_biases_are_not_decayed(
    kind: Optimizer, cls: type[torch.optim.Optimizer]
) -> None:
    model = layers()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    optimizer = make_optimizer(trainable(model), kind, 0.1, 0.5)
    assert isinstance(optimizer, cls)
    for parameter in model.parameters():
        parameter.grad = torch.zeros_like(parameter)  # so that nothing but decay moves it
    optimizer.step()
    moved = {name for name, value in model.state_dict().items() if not torch.equal(value, before[name])}
    assert moved == {"2.weight"}
    torch.testing.assert_close(model[2].weight, before["2.weight"] * (1 - 0.1 * 0.5))


def test_sgd_has_momentum() -> None:
    weight = nn.Parameter(torch.zeros(1, 1))
    optimizer = make_optimizer({"w": weight}, Optimizer.SGD, 1.0, 0.0)
    for _ in range(2):
        weight.grad = torch.ones(1, 1)
        optimizer.step()
    assert float(weight.detach()) == pytest.approx(-(1 + 1.9))


@pytest.mark.parametrize("kind", list(Optimizer))
def test_both_find_the_bottom_of_a_bowl(kind: Optimizer) -> None:
    weight = nn.Parameter(torch.full((2, 2), 3.0))
    optimizer = make_optimizer({"w": weight}, kind, 0.05, 0.0)
    for _ in range(300):
        optimizer.zero_grad()
        weight.square().sum().backward()
        optimizer.step()
    assert float(weight.detach().abs().max()) < 0.05


@pytest.mark.parametrize("schedule", list(Schedule))
def test_the_rate_rises_in_a_line_and_never_again_after_that(schedule: Schedule) -> None:
    rising = [learning_rate(2.0, step, 4, 0.0, schedule) for step in range(6)]
    assert rising == pytest.approx([0.5, 1.0, 1.5, 2.0, 2.0, 2.0])
    falling = [learning_rate(2.0, 100, 4, done / 20, schedule) for done in range(21)]
    assert falling == sorted(falling, reverse=True)
    assert falling[0] == 2.0
    assert learning_rate(2.0, 0, 0, 0.0, schedule) == 2.0, "no warm-up is no division by zero"


def test_each_schedule_falls_in_its_own_way() -> None:
    def at(schedule: Schedule, done: float) -> float:
        return learning_rate(1.0, 100, 1, done, schedule)

    assert [at(Schedule.CONSTANT, done) for done in (0.0, 0.5, 1.0)] == [1.0, 1.0, 1.0]
    assert [at(Schedule.STEP, done) for done in (0.66, 0.67, 0.88, 0.89, 1.0)] == pytest.approx(
        [1, 0.1, 0.1, 0.01, 0.01]
    )
    for done in (0.0, 0.25, 0.5, 0.75, 1.0):
        assert at(Schedule.COSINE, done) == pytest.approx((1 + math.cos(math.pi * done)) / 2)
    assert at(Schedule.COSINE, 1.7) == pytest.approx(0.0), "past the end it does not rise again"


def test_the_average_follows_quickly_at_first_and_slowly_later() -> None:
    model = layers()
    average = MovingAverage(trainable(model))
    own = {name: value.detach().clone() for name, value in trainable(model).items()}
    assert set(average.values) == set(own)
    with torch.no_grad():
        for parameter in trainable(model).values():
            parameter.add_(1.0)
    average.follow(trainable(model), 0)
    for name, value in average.values.items():
        torch.testing.assert_close(value, own[name] + 0.9)
    before = {name: value.clone() for name, value in average.values.items()}
    with torch.no_grad():
        for parameter in trainable(model).values():
            parameter.add_(1.0)
    average.follow(trainable(model), 100_000)
    for name, value in average.values.items():
        expected = before[name] + (1 - EMA_DECAY) * (own[name] + 2.0 - before[name])
        torch.testing.assert_close(value, expected)


def test_the_model_shows_the_average_and_has_its_own_weights_back_afterwards() -> None:
    model = layers()
    average = MovingAverage(trainable(model))
    for value in average.values.values():
        value.fill_(7.0)
    own = {name: value.clone() for name, value in model.state_dict().items()}

    def shown() -> None:
        with average.shown_by(model):
            assert bool((model[2].weight == 7.0).all())
            assert torch.equal(model[0].weight, own["0.weight"])
            raise KeyError

    with pytest.raises(KeyError):
        shown()
    assert all(torch.equal(value, own[name]) for name, value in model.state_dict().items())
