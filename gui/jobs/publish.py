"""Gives out what a run has learned so far, while it goes on: the pages show its boxes seconds after the click."""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import torch

from detector.errors import DetectorError
from detector.features.feature_cache import FeatureCache
from detector.models.predictor import Predictor
from detector.runs import TrainConfig
from gui.jobs.context import JobContext
from gui.jobs.predict import predict_images
from gui.jobs.register import (
    activate,
    copy_model,
    drop_unused,
    newest_of,
    next_name,
    record,
    same_as_newest,
    supersede_earlier,
)
from gui.looking import Looking
from gui.messages import explain
from gui.wording import count
from storage.errors import IllegalTransition, StorageError
from storage.records import ModelVersion, Snapshot

log = logging.getLogger("boxloop.train")

LOOK_SECONDS = 2.0  # of the run's time, for the images that somebody will look at next
LOOK_BATCH = 4


class Publisher:
    """Makes the best model so far of a run a version of its project, as often as the run says that it may be used.

    Each stands in for the one before, and has its number. Nothing that fails here stops the run: its last model is
    registered at its end in any case.

    Attributes:
        model: the version that was given out last; None before the first.
    """

    def __init__(
        self,
        context: JobContext,
        snapshot: Snapshot,
        config: TrainConfig,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._context = context
        self._snapshot = snapshot
        self._config = config
        self._clock = clock
        drop_unused(context.store, context.job)
        self.model: ModelVersion | None = newest_of(context.store, context.job)

    def __call__(self, best: Path, ap: float) -> None:
        """Give out the model in the folder `best`, which stays as it is.

        Args:
            ap: on the validation images, 0..1.
        """
        if self._context.lost.is_set():
            return
        copy = self._context.store.workspace.temporary()
        try:
            copy_model(best, copy)
            self._publish(copy, ap)
        except IllegalTransition:
            raise  # the job is not ours any more
        except (StorageError, DetectorError, OSError) as error:
            log.warning("The model so far could not be given out: %s", explain(error))
        finally:
            shutil.rmtree(copy, ignore_errors=True)

    def _publish(self, copy: Path, ap: float) -> None:
        store, job = self._context.store, self._context.job
        # a run that is resumed does its last epoch again, and may come to the very model that it gave out before
        model = same_as_newest(store, job, copy) or record(
            store, job, self._snapshot, self._config, copy, next_name(store, job)
        )
        look = _FirstLook(self._context, model, self._clock)
        look.at_the_open_image()  # before the pages hear of the model: when they ask, its boxes are there
        said = activate(store, model)
        self.model = model = supersede_earlier(store, job, model)
        log.info("%s", f"v{model.number} can be used, mAP {ap:.2f}. {said}".strip())
        look.at_the_next_ones()


class _FirstLook:
    """A new model looks at the images that somebody will see next. Costs nothing where nobody has a page open.

    The random numbers of the run stay what they would be if nobody looked.
    """

    def __init__(self, context: JobContext, model: ModelVersion, clock: Callable[[], float]) -> None:
        self._context = context
        self._model = model
        self._clock = clock
        self._looking = Looking(context.store.workspace)
        self._end = clock() + LOOK_SECONDS
        self._predictor: Predictor | None = None

    def at_the_open_image(self) -> None:
        look = self._looking.at(self._model.project_id)
        if look is None:
            return
        with _untouched_chance():
            workspace = self._context.store.workspace
            folder, cache = workspace.model(self._model.folder), FeatureCache(workspace.features)
            self._predictor = Predictor(folder, threads=self._context.threads, cache=cache)
            self._predict([i for i in self._missing() if i == look.image_id])

    def at_the_next_ones(self) -> None:
        if self._predictor is not None:
            with _untouched_chance():
                self._predict(self._missing())
            seen = self._context.store.predictions.count(self._model.id)
            log.info("It has looked at %s.", count(seen, "image"))

    def _missing(self) -> list[int]:
        return self._context.store.predictions.missing(self._model.id)

    def _predict(self, ids: list[int]) -> None:
        assert self._predictor is not None
        predict_images(
            self._context.store,
            self._model.id,
            self._predictor,
            ids,
            lambda: self._clock() >= self._end or self._context.should_stop(),
            first=lambda: self._looking.image(self._model.project_id),
            size=LOOK_BATCH,
        )


def _untouched_chance() -> AbstractContextManager[None]:
    devices = [torch.cuda.current_device()] if torch.cuda.is_available() else []
    return torch.random.fork_rng(devices)
