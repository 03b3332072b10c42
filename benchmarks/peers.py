"""Honest opponents of Boxloop's training, one run a process.

    python -m benchmarks.peers R --dataset bccd --seed 0 --out r.json [--epochs 36] [--steps 100]

S is the classic fine-tuning loop: torchvision's RetinaNet with a whole new head, all parameters, SGD 1e-3, momentum
0.9, weight decay 5e-4, batch 8, cosine over 30 epochs, patience 7 on the validation images, float32.

R is its best tuned form: AdamW 1e-3 for the new parts and 2e-4 for the body, decay 0.05 (not for norms and biases),
warm-up and cosine, flips both ways, standing batch norm, GIoU, losses shared out over the batch, averaged weights,
channels_last, bfloat16 wherever one step in it is quicker on this machine.

Both have the backbone weights, input size, anchors, split, loader and decoding of Boxloop's run, and keep their decoded
pictures in memory. The clock starts after the imports and stops while a point of the curve is measured on the test
images; reading the pictures and looking at the validation images counts.
"""

from __future__ import annotations

import argparse
import copy
import json
import math
import random
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torchvision.models.detection import RetinaNet

from benchmarks import sets
from benchmarks.peer_network import Halves, Shape, classic, detect, tuned, tuned_loss
from detector.domain import ImageSize, LabelSet, Prediction
from detector.geometry import Letterbox, canvas_for
from detector.learning.planning import TURNED_SHARE, plan
from detector.measuring.box_columns import Found, Truths
from detector.measuring.evaluation import evaluate
from detector.models.decoding import on_picture
from detector.pictures.dataset import Example, View, load_view
from detector.runs import TrainConfig

BATCH = 8
GREY = (127, 127, 127)  # zero after normalising
S_EPOCHS, S_PATIENCE = 30, 7
R_EPOCHS, R_LOOKS_EVERY = 36, 2  # R looks at the validation images every second epoch: looking costs it time
R_RATE, R_BODY_RATE, R_DECAY, R_WARMUP, R_AVERAGE = 1e-3, 2e-4, 0.05, 60, 0.995


@dataclass(frozen=True, slots=True)
class Mark:
    """A point of the curve: the seconds that count, steps, figures on validation and test images, in 0..1."""

    seconds: float
    step: int
    epoch: int
    loss: float
    val_ap: float
    val_ap50: float
    test_ap: float
    test_ap50: float


@dataclass(slots=True)
class Clock:
    """Seconds since it was made, less those spent on what does not count."""

    began: float = field(default_factory=time.monotonic)
    left_out: float = 0.0

    def seconds(self) -> float:
        return time.monotonic() - self.began - self.left_out


class Held:
    """A split in memory: each picture laid on the canvas once, as Boxloop's own loader does it."""

    def __init__(self, examples: Sequence[Example], labels: LabelSet, canvas: ImageSize) -> None:
        self.examples, self.labels, self.canvas = examples, labels, canvas
        self.views: list[View] = [load_view(one, canvas, GREY) for one in examples]

    def batch(self, places: Sequence[int], dice: random.Random | None) -> tuple[Tensor, list[Tensor], list[Tensor]]:
        """Pictures [B, 3, H, W] float32 in 0..1, boxes and labels; with `dice` flipped at random, both ways."""
        flipped = [_flipped(self.views[place], self.canvas, dice) for place in places]
        pictures = torch.stack([view.pixels for view in flipped]).float() / 255
        return pictures, [view.boxes for view in flipped], [view.labels for view in flipped]

    def figures(self, network: RetinaNet) -> tuple[float, float]:
        """AP and AP50 in pixels of the pictures."""
        network.eval()
        found: list[tuple[Prediction, ...]] = []
        for start in range(0, len(self.views), BATCH):
            places = range(start, min(start + BATCH, len(self.views)))
            for place, one in zip(places, detect(network, self.batch(places, None)[0]), strict=True):
                size = self.examples[place].size
                letterbox = Letterbox.fit(size, self.canvas)
                found.append(on_picture(one["boxes"], one["scores"], one["labels"], letterbox, size))
        network.train()
        truths = Truths.of([one.annotations for one in self.examples])
        result = evaluate(truths, Found.of(found), [one.size for one in self.examples], self.labels)
        return result.ap or 0.0, result.ap50 or 0.0


def _flipped(view: View, canvas: ImageSize, dice: random.Random | None) -> View:
    pixels, boxes = view.pixels, view.boxes
    if dice is not None and dice.random() < 0.5:
        pixels, boxes = pixels.flip(2), boxes.clone()
        boxes[:, [0, 2]] = canvas.width - boxes[:, [2, 0]]
    if dice is not None and dice.random() < 0.5:
        pixels, boxes = pixels.flip(1), boxes.clone()
        boxes[:, [1, 3]] = canvas.height - boxes[:, [3, 1]]
    return View(pixels, boxes, view.labels)


class Peer:
    """One run: what S and R have in common."""

    looks_every = 1
    patience: int | None = None

    def __init__(self, data: sets.TrainingSet, shape: Shape, seed: int, epochs: int) -> None:
        self.clock = Clock()
        torch.manual_seed(seed)
        self.dice = random.Random(seed)
        self.shape, self.epochs = shape, epochs
        self.train_set, self.val_set = (Held(part, data.labels, shape.canvas) for part in (data.train, data.val))
        before = self.clock.seconds()
        self.test_set = Held(data.test, data.labels, shape.canvas)
        self.clock.left_out += self.clock.seconds() - before
        self.steps = epochs * math.ceil(len(data.train) / BATCH)
        self.step = 0
        self.losses: list[float] = []
        self.marks: list[Mark] = []
        self.network = self.build()

    def build(self) -> RetinaNet:
        raise NotImplementedError

    def step_on(self, pictures: Tensor, boxes: list[Tensor], labels: list[Tensor]) -> float:
        """One step of the optimizer; returns the loss."""
        raise NotImplementedError

    def shown(self) -> RetinaNet:
        """The network that is evaluated and kept."""
        return self.network

    def run(self, most_steps: int | None = None) -> None:
        """Train to the end, or for so many steps, which leaves the schedule as it is."""
        best, stale = -1.0, 0
        for epoch in range(1, self.epochs + 1):
            self._pass(most_steps)
            last = epoch == self.epochs or (most_steps is not None and self.step >= most_steps)
            if last or epoch % self.looks_every == 0:
                mark = self._mark(epoch)
                best, stale = (mark.val_ap, 0) if mark.val_ap > best else (best, stale + 1)
            if last or (self.patience is not None and stale >= self.patience):
                return

    def _pass(self, most_steps: int | None) -> None:
        self.network.train()
        order = self.dice.sample(range(len(self.train_set.views)), len(self.train_set.views))
        for start in range(0, len(order), BATCH):
            if most_steps is not None and self.step >= most_steps:
                return
            self.losses.append(self.step_on(*self.batch(order[start : start + BATCH])))
            self.step += 1

    def batch(self, places: Sequence[int]) -> tuple[Tensor, list[Tensor], list[Tensor]]:
        return self.train_set.batch(places, None)

    def _mark(self, epoch: int) -> Mark:
        val = self.val_set.figures(self.shown())
        seconds = self.clock.seconds()
        test = self.test_set.figures(self.shown())
        self.clock.left_out += self.clock.seconds() - seconds
        recent = self.losses[-max(1, len(self.losses) // max(1, epoch)) :]
        mark = Mark(round(seconds, 2), self.step, epoch, sum(recent) / len(recent), *val, *test)
        self.marks.append(mark)
        print(
            f"{seconds:7.1f} s, epoch {epoch:2}, step {self.step:4}: loss {mark.loss:.3f}, val AP {val[0]:.3f}, "
            f"test AP {test[0]:.3f}, AP50 {test[1]:.3f}",
            flush=True,
        )
        return mark

    def settings(self) -> dict[str, Any]:
        canvas = self.shape.canvas
        return {
            "canvas": [canvas.width, canvas.height],
            "smallest_anchor": self.shape.smallest_anchor,
            "epochs": self.epochs,
        }


class Classic(Peer):
    """S."""

    patience = S_PATIENCE

    def build(self) -> RetinaNet:
        network = classic(self.shape)
        self.optimizer = torch.optim.SGD(network.parameters(), lr=1e-3, momentum=0.9, weight_decay=5e-4)
        self.schedule = torch.optim.lr_scheduler.CosineAnnealingLR(self.optimizer, self.steps)
        return network

    def step_on(self, pictures: Tensor, boxes: list[Tensor], labels: list[Tensor]) -> float:
        targets = [{"boxes": b, "labels": named} for b, named in zip(boxes, labels, strict=True)]
        losses = self.network(list(pictures), targets)
        total: Tensor = sum(losses.values(), torch.zeros(()))
        self.optimizer.zero_grad()
        total.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        self.schedule.step()
        return float(total.detach())


class Tuned(Peer):
    """R."""

    looks_every = R_LOOKS_EVERY

    def build(self) -> RetinaNet:
        network = tuned(self.shape)
        self.averaged = copy.deepcopy(network)
        self.optimizer = torch.optim.AdamW(_groups(network), fused=True)
        self.halves, self.step_seconds = self._quicker(network)
        network.backbone.halves = self.averaged.backbone.halves = self.halves
        return network

    def batch(self, places: Sequence[int]) -> tuple[Tensor, list[Tensor], list[Tensor]]:
        return self.train_set.batch(places, self.dice)

    def step_on(self, pictures: Tensor, boxes: list[Tensor], labels: list[Tensor]) -> float:
        share = self.step / self.steps
        for group in self.optimizer.param_groups:
            group["lr"] = group["peak"] * min(1.0, (self.step + 1) / R_WARMUP) * 0.5 * (1 + math.cos(math.pi * share))
        total = tuned_loss(self.network, pictures, boxes, labels)
        self.optimizer.zero_grad(set_to_none=True)
        total.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimizer.step()
        self._follow()
        return float(total.detach())

    def shown(self) -> RetinaNet:
        return self.averaged

    def settings(self) -> dict[str, Any]:
        return {**super().settings(), "precision": str(self.halves), "step_seconds": self.step_seconds}

    @torch.no_grad()
    def _follow(self) -> None:
        decay = min(R_AVERAGE, (1 + self.step) / (10 + self.step))
        pairs = zip(self.averaged.parameters(), self.network.parameters(), strict=True)
        for average, own in pairs:
            average.lerp_(own, 1 - decay)

    def _quicker(self, network: RetinaNet) -> tuple[Halves, dict[str, float]]:
        """Which of float32, bfloat16 and bfloat16 after the body makes the quickest step; the better of two each."""
        pictures, boxes, labels = self.train_set.batch(range(min(BATCH, len(self.train_set.views))), None)
        seconds: dict[Halves, float] = {}
        for halves in (Halves(), Halves(head=True), Halves(body=True, head=True)):
            network.backbone.halves = halves
            for _ in range(2):
                start = time.monotonic()
                tuned_loss(network, pictures, boxes, labels).backward()  # type: ignore[no-untyped-call]
                seconds[halves] = min(time.monotonic() - start, seconds.get(halves, math.inf))
        network.zero_grad(set_to_none=True)
        return min(seconds, key=lambda one: seconds[one]), {str(h): round(s, 3) for h, s in seconds.items()}


def _groups(network: RetinaNet) -> list[dict[str, Any]]:
    """Body and new parts at their own rates; norms and biases (one dimension) are not decayed."""
    body = {id(parameter) for parameter in network.backbone.body.parameters()}
    groups = []
    for in_body, rate in ((True, R_BODY_RATE), (False, R_RATE)):
        for decayed in (True, False):
            chosen = [p for p in network.parameters() if (id(p) in body) == in_body and (p.ndim > 1) == decayed]
            groups.append({"params": chosen, "lr": rate, "peak": rate, "weight_decay": R_DECAY if decayed else 0.0})
    return groups


PEERS: dict[str, tuple[type[Peer], int]] = {"S": (Classic, S_EPOCHS), "R": (Tuned, R_EPOCHS)}


def measure(
    name: str,
    dataset: str,
    seed: int,
    *,
    epochs: int | None = None,
    steps: int | None = None,
    size: ImageSize | None = None,
    threads: int | None = None,
) -> dict[str, Any]:
    """Run a peer to its end. What it keeps is its best by validation AP; its test figures are `final`."""
    if threads is not None:
        torch.set_num_threads(threads)
    data = sets.load(dataset)
    kind, usual = PEERS[name]
    peer = kind(data, shape_of(data, size), seed, epochs or usual)
    peer.run(steps)
    best = max(peer.marks, key=lambda mark: mark.val_ap)
    return {
        "peer": name,
        "dataset": dataset,
        "seed": seed,
        **peer.settings(),
        "seconds": peer.marks[-1].seconds,
        "final": {"epoch": best.epoch, "ap": best.test_ap, "ap50": best.test_ap50, "val_ap": best.val_ap},
        "first_losses": [round(loss, 4) for loss in peer.losses[:100]],
        "curve": [asdict(mark) for mark in peer.marks],
    }


def shape_of(data: sets.TrainingSet, size: ImageSize | None = None) -> Shape:
    """Input size and smallest anchor as Boxloop plans them for these data, or for the given size.

    A peer's input stands the same way for all pictures. Where Boxloop's is turned for many of them, the peer gets the
    square of as many pixels, which serves both.
    """
    config = TrainConfig(image_size=(size.width, size.height) if size else None)
    planned = plan(data.train, data.val, data.labels, config)
    canvas = ImageSize(*planned.image_size)
    turned = sum(canvas_for(one.size, canvas) != canvas for one in data.train)
    if size is None and turned >= TURNED_SHARE * len(data.train):
        side = 32 * round(math.sqrt(canvas.width * canvas.height) / 32)
        return shape_of(data, ImageSize(side, side))
    return Shape(len(data.labels), canvas, planned.smallest_anchor)


def image_size(text: str) -> ImageSize:
    """ "384x288" as a size."""
    width, height = text.lower().split("x")
    return ImageSize(int(width), int(height))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("peer", choices=PEERS)
    parser.add_argument("--dataset", choices=sets.NAMES, default="bccd")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, help=f"S: {S_EPOCHS}, R: {R_EPOCHS}")
    parser.add_argument("--steps", type=int, help="end after so many, with the schedule of the whole run")
    parser.add_argument("--size", type=image_size, help="of the input, as 384x288; Boxloop's own choice if not given")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--out", type=Path, help="JSON file for the figures")
    given = parser.parse_args()
    figures = measure(
        given.peer,
        given.dataset,
        given.seed,
        epochs=given.epochs,
        steps=given.steps,
        size=given.size,
        threads=given.threads,
    )
    text = json.dumps(figures, indent=1)
    if given.out is None:
        print(text)
    else:
        given.out.parent.mkdir(parents=True, exist_ok=True)
        given.out.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
