"""The features job: what the frozen part of the network sees in each image, kept for training and predicting.

It runs while nothing else is to be done, at the lowest priority, and gives way as soon as anything is; its worker has
torch loaded then, and takes that up at once.
"""

from __future__ import annotations

import logging
import time

from detector import devices
from detector.architectures.retinanet import RetinaNet
from detector.errors import CheckpointError, TooFewExamples
from detector.features.feature_building import Built, build_features
from detector.features.feature_cache import FeatureCache
from detector.features.features import views_that_fit
from detector.learning.starting import prepare
from detector.models.checkpoints import load_model
from detector.models.precision import quicker_precision
from detector.pictures.dataset import Example
from detector.pictures.tiling import Tiling
from detector.runs import JobKind, RunState, Scope, TrainConfig
from gui.jobs.context import JobContext, Outcome
from gui.jobs.examples import examples_of
from gui.low_priority import at_low_priority
from gui.training_plan import labels_of
from gui.wording import count
from storage.records import Snapshot, Split
from storage.store import Store

log = logging.getLogger("boxloop.features")

MOST_VIEWS = 16  # of the images to learn from; more change little
ASK_SECONDS = 0.2  # how soon somebody else's job is noticed
PAGE = 1000
CUT = "Nothing to prepare: pictures are cut into tiles, which a run makes for itself."
NOT_YET = "Nothing to prepare yet: the first boxes decide what the network looks at."


def run(context: JobContext) -> Outcome:
    """Build what is missing: the plain view of every image, done ones first, then other views of those learned from."""
    return at_low_priority(lambda: _run(context))


def _run(context: JobContext) -> Outcome:
    store, project_id = context.store, context.job.project_id
    snapshot = store.snapshots.ahead(project_id)
    try:
        found = _network(context, snapshot)
    except TooFewExamples:
        return Outcome(RunState.SUCCEEDED, NOT_YET, {"made": 0})
    if found is None:
        return Outcome(RunState.SUCCEEDED, CUT, {"made": 0})
    network, seed = found
    cache = FeatureCache(store.workspace.features)
    builder = _Builder(context, network, cache, seed)
    train, done = _done_images(store, snapshot)
    parts = [([*done, *_other_images(store, project_id, snapshot)], 1)]
    if train and (views := views_that_fit(network, len(train), cache=cache)) is not None:
        parts.append((train, min(views, MOST_VIEWS)))
    for examples, views in parts:
        if examples and not builder.build(examples, views):
            break
    return builder.outcome()


class _Builder:
    """Builds, counts and reports, until all is there or somebody else has work."""

    def __init__(self, context: JobContext, network: RetinaNet, cache: FeatureCache, seed: int) -> None:
        self._context = context
        self._network = network
        self._cache = cache
        self._seed = seed
        self._made = 0
        self._complete = True
        self._gives_way = False
        self._asked = 0.0

    def build(self, examples: list[Example], views: int) -> bool:
        """Whether all of it is there now."""
        built: Built = build_features(
            self._network,
            examples,
            self._cache,
            views=views,
            seed=self._seed,
            should_stop=self._should_stop,
            on_progress=self._told,
        )
        self._made += built.made
        self._complete = self._complete and built.complete
        for example, reason in built.unreadable:
            log.warning("%s: %s", example.path.name, reason)
        return built.complete

    def outcome(self) -> Outcome:
        result = {"made": self._made, "complete": self._complete}
        made = count(self._made, "view")
        if self._gives_way:
            return Outcome(
                RunState.CANCELLED,
                f"Prepared {made}; goes on when nothing else is to be done.",
                result | {"again": True},
            )
        if self._context.should_stop():
            return Outcome(RunState.CANCELLED, f"Stopped after {made}.", result)
        room = "" if self._complete else " There is no room on the disk for more."
        return Outcome(RunState.SUCCEEDED, f"Prepared {made}.{room}", result)

    def _should_stop(self) -> bool:
        if self._context.should_stop():
            return True
        now = time.monotonic()
        if not self._gives_way and now - self._asked >= ASK_SECONDS:
            self._asked = now
            self._gives_way = self._context.store.jobs.other_work()
        return self._gives_way

    def _told(self, done: int, total: int) -> None:
        self._context.report({"stage": "Preparing", "done": done, "total": total, "fraction": done / max(1, total)})


def _network(context: JobContext, snapshot: Snapshot) -> tuple[RetinaNet, int] | None:
    """The network whose frozen part the next run and the next prediction will use, and the seed of that run's views.

    None where they look at tiles: whole pictures are of no use then.

    Raises:
        TooFewExamples: there is no model yet, and too little labelled to plan one.
        WeightsUnavailable, CheckpointError: there are no weights to start from.
    """
    store, project_id = context.store, snapshot.project_id
    device = devices.resolve("auto")
    config = _last_config(store, project_id)
    network, tiling = _active(store, project_id)
    if network is None:
        labels = labels_of(snapshot)
        train = examples_of(store, snapshot, Split.TRAIN, labels)
        val = examples_of(store, snapshot, Split.VAL, labels)
        start = prepare(train, val, labels, config, device=device.type, parent=None, on_note=log.info)
        network, tiling = start.network, start.meta.tiling
    if tiling is not None:
        return None
    network = network.to(device).eval()
    network.set_scope(Scope.HEAD)  # every run begins with the head, and predicting cuts the network there, too
    network.precision = quicker_precision(network.device)
    return network, config.seed


def _active(store: Store, project_id: int) -> tuple[RetinaNet | None, Tiling | None]:
    active_id = store.projects.get(project_id).active_model_id
    if active_id is None:
        return None, None
    try:
        network, meta = load_model(store.workspace.model(store.models.get(active_id).folder))
    except CheckpointError as error:
        log.warning("The active model cannot be read: %s", error)
        return None, None
    return network, meta.tiling


def _last_config(store: Store, project_id: int) -> TrainConfig:
    """What was asked of the last run, as the next one is likely to be asked the same; else what is usual."""
    for job in store.jobs.list(project_id, JobKind.TRAIN, limit=1):
        try:
            given = TrainConfig.from_json(job.params.get("config") or {})
        except (ValueError, TypeError):
            break
        return TrainConfig(preset=given.preset, image_size=given.image_size, seed=given.seed, tile_size=given.tile_size)
    return TrainConfig()


def _done_images(store: Store, snapshot: Snapshot) -> tuple[list[Example], list[Example]]:
    """The images to learn from, and all done ones, in the order in which they are wanted."""
    labels = labels_of(snapshot)
    of = {split: examples_of(store, snapshot, split, labels) for split in Split}
    return of[Split.TRAIN], [*of[Split.TRAIN], *of[Split.VAL], *of[Split.TEST]]


def _other_images(store: Store, project_id: int, snapshot: Snapshot) -> list[Example]:
    """The images that are not done, by id."""
    done = {image.image_id for image in snapshot.images}
    found: list[Example] = []
    cursor: str | None = None
    while True:
        page = store.images.page(project_id, after=cursor, limit=PAGE)
        found += [
            Example(store.workspace.original(image.sha256), image.size, (), image.sha256)
            for image in page.items
            if image.id not in done
        ]
        cursor = page.next_cursor
        if cursor is None:
            return found
