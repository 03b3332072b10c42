"""How weights move: AdamW without decay where it harms, a cosine with warm-up, and a moving average for use."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

EMA_DECAY = 0.99
LARGEST_GRADIENT = 1.0


def trainable(model: nn.Module) -> dict[str, nn.Parameter]:
    return {name: parameter for name, parameter in model.named_parameters() if parameter.requires_grad}


def make_optimizer(model: nn.Module, rate: float, weight_decay: float) -> torch.optim.AdamW:
    """AdamW over what the scope trains; norms and biases (one dimension) are not decayed."""
    parameters = trainable(model).values()
    groups = [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": weight_decay},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=rate)


def learning_rate(peak: float, step: int, warmup: int, progress: float) -> float:
    """The rate of step `step` (from 0): up in a line, then down a cosine to 0 as `progress` goes from 0 to 1."""
    rising = min(1.0, (step + 1) / max(1, warmup))
    return peak * rising * 0.5 * (1 + math.cos(math.pi * min(1.0, progress)))


class MovingAverage:
    """Exponential moving average of what is trained; quick to follow at first, slow later."""

    def __init__(self, model: nn.Module) -> None:
        self.values: dict[str, Tensor] = {name: p.detach().clone() for name, p in trainable(model).items()}

    @torch.no_grad()
    def follow(self, model: nn.Module, step: int) -> None:
        decay = min(EMA_DECAY, (1 + step) / (10 + step))
        for name, parameter in trainable(model).items():
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
    def _put(model: nn.Module, values: dict[str, Tensor]) -> None:
        for name, parameter in trainable(model).items():
            parameter.copy_(values[name])
