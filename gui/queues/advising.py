"""Thresholds learnt from what people made of the model's boxes on the images that they finished last."""

from __future__ import annotations

from dataclasses import dataclass, field

from detector.domain import Annotation, Prediction
from detector.measuring.thresholds import Advice, with_fewest_corrections
from storage.corrections import Finished
from storage.store import Store

FEWEST = 10  # finished images, below which the model's own advice is the better guess


@dataclass
class Advising:
    """Keeps the last advice of each project, so that nothing is counted twice. Threads may share it."""

    store: Store
    _kept: dict[int, tuple[list[Finished], Advice | None]] = field(default_factory=dict)

    def learned(self, project_id: int) -> Advice | None:
        """By class id in place of labels; None where too few images are finished to tell.

        Raises NotFound for a project that is not there.
        """
        finished = self.store.corrections.last_finished(project_id)
        before = self._kept.get(project_id)
        if before is None or before[0] != finished:
            before = self._kept[project_id] = (finished, learned_from(finished))
        return before[1]


def learned_from(finished: list[Finished]) -> Advice | None:
    """As `Advising.learned`, from the images themselves; None too where the model found hardly anything on them."""
    if len(finished) < FEWEST:
        return None
    truths = [[Annotation(box, class_id) for class_id, box in one.boxes] for one in finished]
    found = [[Prediction(p.box, p.class_id, p.score) for p in one.found] for one in finished]
    advice = with_fewest_corrections(truths, found)
    return None if advice.overall is None else advice
