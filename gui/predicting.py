"""Asking a model about some images only."""

from __future__ import annotations

from detector.runs import JobKind
from gui.id_ranges import as_ranges
from gui.messages import NotYet
from gui.services import Services
from storage.image_filter import Selection
from storage.records import Job


def predict_selection(services: Services, selection: Selection, model_id: int | None = None, author: str = "") -> Job:
    """Queue the prediction of those of a selection that the model (the active one) has not seen.

    Raises:
        NotYet: there is no model, or it has seen all of them already. NotFound: no such model in this project.
    """
    model = services.model(selection.project_id, model_id)
    chosen = services.store.pages.chosen(selection)
    unseen = sorted(set(services.store.predictions.missing(model.id)).intersection(chosen))
    if not unseen:
        raise NotYet(f"v{model.number} has looked at these images already; its boxes lie under them.")
    params = {"model_version_id": model.id, "only": as_ranges(unseen)}
    return services.queue.enqueue(selection.project_id, JobKind.PREDICT, params, author)
