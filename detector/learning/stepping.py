"""One optimizer step after the other, in as many parts as the memory asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn

from detector.architectures.retinanet import RetinaNet
from detector.errors import OutOfMemory, TrainingDiverged
from detector.features.features import Batch, Part
from detector.learning.loss import Losses, detection_loss
from detector.learning.optimizing import LARGEST_GRADIENT, MovingAverage, make_optimizer, trainable
from detector.runs import TrainConfig
from detector.shortage import TOO_LITTLE, is_shortage

ALIKE_WEIGHT = 1.0  # of learning to tell classes apart, where they are mixed up completely, and
MIXED_UP = 0.3  # confusion up to which it is nothing (docs/adr/0008)
CONFUSION_STEP = 0.05  # share of a step in what is taken for the confusion
SETTLING = 150  # steps of new weights before predictions decide which anchor shall find which box


class Stepper:
    """Moves what the network's scope trains.

    Args:
        config: optimizer, weight decay and loss.
        parts: into how many a batch is cut, their gradients added up: the step is the same whatever their number.
        fresh: whether what is trained knows nothing of the classes yet.
    """

    def __init__(
        self,
        network: RetinaNet,
        config: TrainConfig,
        rate: float,
        weight_decay: float,
        *,
        parts: int,
        fresh: bool,
        on_note: Callable[[str], None],
    ) -> None:
        self._network = network
        self._config = config
        self._on_note = on_note
        self._weights = trainable(network)
        self.optimizer = make_optimizer(self._weights, config.optimizer, rate, weight_decay)
        self.average = MovingAverage(self._weights)
        self.parts = parts
        self._fresh = fresh
        self._settled = True
        self._confusion = 0.0  # of classes with each other in the steps before, 0..1

    def step(self, batch: Batch, rate: float, number: int) -> tuple[float, float]:
        """Take step `number` (from 0) of the stage; returns the classification and the box loss.

        Raises:
            TrainingDiverged: a loss is not finite; the weights are as before.
            OutOfMemory: not even one picture at a time fits.
        """
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self._settled = not self._fresh or number >= SETTLING
        losses = self._gradients(batch)
        nn.utils.clip_grad_norm_(self._weights.values(), LARGEST_GRADIENT)
        self.optimizer.step()
        self.average.follow(self._weights, number)
        return losses

    def state(self) -> dict[str, Any]:
        return {
            "weights": {name: value.detach() for name, value in self._weights.items()},
            "average": self.average.values,
            "optimizer": self.optimizer.state_dict(),
            "confusion": self._confusion,
        }

    @torch.no_grad()
    def take_up(self, state: dict[str, Any]) -> None:
        """Put everything back where it was when `state` was asked for."""
        for name, parameter in self._weights.items():
            parameter.copy_(state["weights"][name])
        self.average.values = {name: value.to(self._network.device) for name, value in state["average"].items()}
        self.optimizer.load_state_dict(state["optimizer"])
        self._confusion = state.get("confusion", 0.0)  # older runs did not keep it

    def _gradients(self, batch: Batch) -> tuple[float, float]:
        """Fill the gradients from the whole batch, cut finer as long as the memory is short."""
        while True:
            try:
                return self._add_up(batch)
            except (MemoryError, RuntimeError) as error:
                if not is_shortage(error):
                    raise
                self._cut_finer(len(batch), error)

    def _add_up(self, batch: Batch) -> tuple[float, float]:
        """Losses are summed over the parts and shared out at the end, so that no part weighs more than another."""
        self.optimizer.zero_grad(set_to_none=True)
        classification = box = weight = confused = 0.0
        for part in _cut(batch, self.parts):
            losses = self._losses(part)
            total = losses.classification + losses.box
            if not bool(torch.isfinite(total)):
                raise TrainingDiverged(
                    "The loss is no longer a finite number. The best model so far is kept. Try a lower learning rate."
                )
            total.backward()  # type: ignore[no-untyped-call]
            classification += float(losses.classification.detach())
            box += float(losses.box.detach())
            weight += losses.weight
            confused += losses.confused
        share = 1 / max(1.0, weight)
        for parameter in self._weights.values():
            if parameter.grad is not None:
                parameter.grad.mul_(share)
        self._confusion += CONFUSION_STEP * (confused * share - self._confusion)
        return classification * share, box * share

    def _losses(self, part: Part) -> Losses:
        network = self._network
        raw = network.predict_from(part.features)
        return detection_loss(
            raw,
            part.truths,
            network,
            alpha=self._config.focal_alpha,
            gamma=self._config.focal_gamma,
            settled=self._settled,
            alike=ALIKE_WEIGHT * max(0.0, self._confusion - MIXED_UP) / (1 - MIXED_UP),
        )

    def _cut_finer(self, pictures: int, error: BaseException) -> None:
        self.optimizer.zero_grad(set_to_none=True)
        if self.parts >= pictures:
            raise OutOfMemory(TOO_LITTLE) from error
        self.parts = min(pictures, self.parts * 2)
        self._on_note(f"Memory was short; each step is now made in {self.parts} parts, with the same result.")
        if torch.cuda.is_available():
            torch.cuda.empty_cache()


def _cut(batch: Batch, parts: int) -> Iterator[Part]:
    """Its parts, cut finer where they hold more than the batch's share in `parts`."""
    size = -(-len(batch) // parts)
    for part in batch.parts:
        for start in range(0, len(part.truths), size):
            rows = slice(start, start + size)
            features: tuple[Tensor, ...] = tuple(level[rows] for level in part.features)
            yield Part(features, part.truths[rows], part.indices[rows])
