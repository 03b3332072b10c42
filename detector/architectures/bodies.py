"""Where a body is cut in two: shallow layers that are seldom worth training, and deep ones that often are.

The shallow half costs most of the time (its maps are large) and holds few of the weights; what it sees, edges and
textures, is the same in all pictures. The deep half is the other way round. So a run may train the deep half from kept
features of the shallow one.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from itertools import pairwise

from torch import Tensor, nn


class Cut(ABC):
    """How to run the two halves of a body, whose modules keep their names and places.

    Attributes:
        name: of the place of the cut, part of what names kept features.
    """

    name: str

    @abstractmethod
    def shallow(self, body: nn.Module, x: Tensor) -> list[Tensor]:
        """From normalised pixels [B, 3, H, W] to the maps that the shallow half has, the last one at the cut."""

    @abstractmethod
    def deep(self, body: nn.Module, maps: Sequence[Tensor]) -> list[Tensor]:
        """From what `shallow` gives to the maps at strides 8, 16 and 32."""

    @abstractmethod
    def deep_parts(self, body: nn.Module) -> list[nn.Module]:
        """The modules of the deep half."""

    def shallow_tensors(self, body: nn.Module) -> Iterator[tuple[str, Tensor]]:
        """Names and values of the shallow half's weights and statistics."""
        deep = {id(value) for part in self.deep_parts(body) for value in part.state_dict(keep_vars=True).values()}
        for name, value in body.state_dict(keep_vars=True).items():
            if id(value) not in deep:
                yield name, value


class StageCut(Cut):
    """A body of stages run one after the other, after a stem.

    Args:
        stem: names of the modules before the first stage.   stages: names of the stages in order, dotted.
        out: indices of the stages whose maps are wanted.   at: index of the first stage of the deep half.
    """

    def __init__(self, stem: Sequence[str], stages: Sequence[str], out: Sequence[int], at: int) -> None:
        # Otherwise the map at the cut would be kept beside the wanted ones, or be missing.
        assert at - 1 in out
        assert all(first < second for first, second in pairwise(out))
        self.name = stages[at]
        self._stem, self._stages, self._out, self._at = tuple(stem), tuple(stages), frozenset(out), at

    def shallow(self, body: nn.Module, x: Tensor) -> list[Tensor]:
        for name in self._stem:
            x = body.get_submodule(name)(x)
        return self._run(body, x, range(self._at))

    def deep(self, body: nn.Module, maps: Sequence[Tensor]) -> list[Tensor]:
        return [*maps, *self._run(body, maps[-1], range(self._at, len(self._stages)))]

    def deep_parts(self, body: nn.Module) -> list[nn.Module]:
        return [body.get_submodule(name) for name in self._stages[self._at :]]

    def _run(self, body: nn.Module, x: Tensor, stages: range) -> list[Tensor]:
        maps = []
        for index in stages:
            x = body.get_submodule(self._stages[index])(x)
            if index in self._out:
                maps.append(x)
        return maps
