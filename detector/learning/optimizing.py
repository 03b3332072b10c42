"""How weights move: the optimizers, the learning rate over a stage, and a moving average for use."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from detector.runs import Optimizer, Schedule

EMA_DECAY = 0.995
LARGEST_GRADIENT = 1.0
MOMENTUM = 0.9
STEPS_DOWN = (2 / 3, 8 / 9)  # shares of a stage after which Schedule.STEP divides the rate by ten


def trainable(model: nn.Module) -> dict[str, nn.Parameter]:
    return {name: parameter for name, parameter in model.named_parameters() if parameter.requires_grad}


def make_optimizer(
    weights: Mapping[str, nn.Parameter], kind: Optimizer, rate: float, weight_decay: float
) -> torch.optim.Optimizer:
    """An optimizer over these weights; norms and biases (one dimension) are not decayed."""
    groups = [
        {"params": [p for p in weights.values() if p.ndim > 1], "weight_decay": weight_decay},
        {"params": [p for p in weights.values() if p.ndim <= 1], "weight_decay": 0.0},
    ]
    if kind is Optimizer.SGD:
        return torch.optim.SGD(groups, lr=rate, momentum=MOMENTUM)
    on_cuda = all(p.device.type == "cuda" for p in weights.values())
    return torch.optim.AdamW(groups, lr=rate, fused=on_cuda or None)


def learning_rate(peak: float, step: int, warmup: int, done: float, schedule: Schedule = Schedule.COSINE) -> float:
    """The rate of step `step` (from 0) of a stage: up in a line, then down as `done` goes from 0 to 1."""
    rising = min(1.0, (step + 1) / max(1, warmup))
    return peak * rising * _fall(min(1.0, done), schedule)


def _fall(done: float, schedule: Schedule) -> float:
    if schedule is Schedule.CONSTANT:
        return 1.0
    if schedule is Schedule.STEP:
        return float(0.1 ** sum(done >= edge for edge in STEPS_DOWN))
    return 0.5 * (1 + math.cos(math.pi * done))


class MovingAverage:
    """Exponential moving average of what is trained; quick to follow at first, slow later."""

    def __init__(self, weights: Mapping[str, nn.Parameter]) -> None:
        self.values: dict[str, Tensor] = {name: p.detach().clone() for name, p in weights.items()}

    @torch.no_grad()
    def follow(self, weights: Mapping[str, nn.Parameter], step: int) -> None:
        decay = min(EMA_DECAY, (1 + step) / (10 + step))
        for name, parameter in weights.items():
            self.values[name].lerp_(parameter, 1 - decay)

    @contextmanager
    def shown_by(self, model: nn.Module) -> Iterator[None]:
        """While inside, the model carries the averages instead of its own weights."""
        own = {name: p.detach().clone() for name, p in trainable(model).items()}
        self._put(model, self.values)
        try:
            yield
        finally:
            self._put(model, own)

    @staticmethod
    @torch.no_grad()
    def _put(model: nn.Module, values: Mapping[str, Tensor]) -> None:
        for name, parameter in trainable(model).items():
            parameter.copy_(values[name])
