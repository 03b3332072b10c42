"""The use cases, for the pages and the command line alike. No gradio, no SQL, no torch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Event

from detector.runs import EpochReport, JobKind, RunState, TrainConfig
from gui import accepting, training_plan
from gui.accepting import Accepted
from gui.background import BackgroundFeatures
from gui.bulk import BulkActs
from gui.class_acts import ClassActs
from gui.device_lookup import DeviceLookup
from gui.disk_use import DiskUse
from gui.figures.comparing import Comparing
from gui.figures.evaluating import Evaluating
from gui.figures.growing import Growing
from gui.figures.thresholding import Thresholding
from gui.figures.together import Together
from gui.job_queue import JobQueue
from gui.learning import Learning
from gui.looking import Looking
from gui.messages import BadRequest, NotYet
from gui.model_acts import ModelActs
from gui.places import named_file, named_place
from gui.presence import Presence
from gui.process import WorkerLauncher
from gui.queues.advising import Advising
from gui.queues.checking import Checking
from gui.queues.next_images import NextImagesActs
from gui.settings import Settings
from gui.tiles import Tiles
from gui.training_plan import TrainingPlan
from gui.trials.trying import Trying
from storage.errors import NotFound
from storage.formats.registry import READERS, WRITERS
from storage.past import Step
from storage.records import (
    ImagePage,
    ImageState,
    Job,
    ModelVersion,
    Project,
    Rejection,
    SavedAnnotations,
    Split,
    StoredBox,
    StoredImage,
)
from storage.store import Store
from storage.workspace import is_network_drive

LOG_TAIL_BYTES = 20_000


class Services:
    """Everything that a person can ask for. Threads may share it.

    Stores stand open for plain reading (`services.store.images.get(...)`); what changes something or needs more than
    one store has a method here. Methods raise StorageError, DetectorError or ServiceError with a text for a person.
    """

    def __init__(
        self, store: Store, settings: Settings, launcher: WorkerLauncher, devices: DeviceLookup | None = None
    ) -> None:
        self.store = store
        self.settings = settings
        self.launcher = launcher
        self.devices = devices or DeviceLookup()
        self.queue = JobQueue(store, launcher)
        self.bulk = BulkActs(store)
        self.classes = ClassActs(store)
        self.versions = ModelActs(store)
        self.looking = Looking(store.workspace)
        self.learning = Learning(store, self.looking, self.train)
        self.presence = Presence()
        self.together = Together(store)
        self.evaluating = Evaluating(store, self.together)
        self.background = BackgroundFeatures(store, self.queue, settings)
        self.tiles = Tiles(store, settings)
        self.disk_use = DiskUse(store)
        self.advising = Advising(store)
        self.trying = Trying(store, settings)
        self.next_images = NextImagesActs(store, self.queue)
        self.thresholding = Thresholding(store)
        self.checking = Checking(store, self.queue)
        self.comparing = Comparing(store, self.queue)
        self.growing = Growing(store)

    # Projects

    def create_project(self, name: str, author: str = "") -> Project:
        return self.store.projects.create(name, author)

    def find_or_create_project(self, name: str) -> Project:
        return self.store.projects.find(name) or self.store.projects.create(name)

    def project_named(self, name: str) -> Project:
        """Raises NotFound, naming the projects that there are."""
        if (project := self.store.projects.find(name)) is not None:
            return project
        others = ", ".join(p.name for p in self.store.projects.list()) or "none yet"
        raise NotFound(f"there is no project {name!r}; there are: {others}")

    def change_project(
        self, project_id: int, *, name: str | None = None, learns: bool | None = None, author: str = ""
    ) -> Project:
        """Give another name, or choose whether runs start by themselves while somebody labels (see gui.learning)."""
        changed = self.store.projects.get(project_id)
        if name is not None:
            changed = self.store.projects.rename(project_id, name, author)
        if learns is not None:
            changed = self.store.projects.set_learning(project_id, learns, author)
        return changed

    def delete_project(self, project_id: int, author: str = "") -> Project:
        """Put a project into the bin; its runs are asked to stop."""
        for job in self.store.jobs.list(project_id, limit=1000):
            if not job.state.is_finished:
                self.queue.cancel_quietly(job.id)
        return self.store.projects.delete(project_id, author)

    def restore_project(self, project_id: int, author: str = "") -> Project:
        return self.store.projects.restore(project_id, author)

    def project_warnings(self, project_id: int) -> list[str]:
        """What somebody who works on this project should know."""
        self.store.projects.get(project_id)
        if is_network_drive(self.settings.workspace):
            return ["The workspace lies on a network drive, where a database can be damaged. Move it to a local disk."]
        return []

    # Images and boxes

    def images(
        self,
        project_id: int,
        *,
        after: str | None = None,
        limit: int = 100,
        states: Sequence[ImageState] | None = None,
        split: Split | None = None,
        class_id: int | None = None,
        query: str | None = None,
        deleted: bool = False,
    ) -> ImagePage:
        return self.store.images.page(
            project_id,
            after=after,
            limit=limit,
            states=states,
            split=split,
            class_id=class_id,
            query=query,
            deleted=deleted,
        )

    def delete_images(self, image_ids: Iterable[int], author: str = "") -> int:
        return self.store.images.delete(image_ids, author)

    def restore_images(self, image_ids: Iterable[int], author: str = "") -> int:
        return self.store.images.restore(image_ids, author)

    def save(
        self,
        image_id: int,
        *,
        revision: int,
        boxes: Sequence[StoredBox],
        state: ImageState | None,
        key: str,
        author: str = "",
        rejected: Sequence[Rejection] | None = None,
        step: Step | None = None,
    ) -> SavedAnnotations:
        """Save all boxes of an image; see AnnotationStore.save. Raises StaleRevision, InvalidBox, NotFound."""
        return self.store.annotations.save(
            image_id, revision=revision, boxes=boxes, state=state, key=key, author=author, rejected=rejected, step=step
        )

    def accept(
        self,
        project_id: int,
        *,
        model_id: int,
        threshold: float,
        image_ids: Iterable[int],
        thresholds: Mapping[int, float] | None = None,
        class_ids: Sequence[int] | None = None,
        mark_done: bool = False,
        author: str = "",
    ) -> Accepted:
        """Take a model's boxes over as labels; see gui.accepting."""
        self.shown_model(project_id, model_id)
        return accepting.accept(
            self.store,
            model_id=model_id,
            image_ids=image_ids,
            threshold=threshold,
            thresholds=thresholds,
            class_ids=class_ids,
            mark_done=mark_done,
            author=author,
        )

    def looks_at(self, project_id: int, image_id: int | None = None) -> None:
        """Somebody has a page of the project open, with the image if one is named; its boxes will come first."""
        self.looking.note(project_id, image_id)
        self.background.opened(project_id)

    # Training, predicting, moving data

    def plan(self, project_id: int, config: TrainConfig | None = None) -> TrainingPlan:
        """What would happen on Train; changes nothing, so that looking at the page gives no image its split."""
        self.background.training_is_near(project_id)
        return self._plan(project_id, config or TrainConfig())

    def train(
        self, project_id: int, config: TrainConfig | None = None, *, deadline: float | None = None, author: str = ""
    ) -> Job:
        """Queue a run and start a worker. It starts from the active model where the config leaves that open.

        Args:
            deadline: Unix time at which it shall end by itself and keep the best model (`--max-minutes`).

        Raises:
            NotYet: too little is labelled; the text says what to do.
            NotFound: it shall start from a model that this project does not have.
            BadRequest, NotAllowed: it shall start from a file that is not there, or that this server may not read.
        """
        config = self._startable(config or TrainConfig())
        plan = self._plan(project_id, config)
        if not plan.can_train:
            raise NotYet(" ".join(plan.reasons))
        parent = training_plan.parent_of(self.store, project_id, config)
        params: dict[str, object] = {"config": config.to_json(), "deadline": deadline}
        if config.start_from is None and parent is not None:
            params["config"] = replace(config, start_from=parent.folder).to_json()
            params["warm_start"] = True  # chosen by us: a run that has to wait looks again when its turn comes
        return self.queue.enqueue(project_id, JobKind.TRAIN, params, author)

    def predict(self, project_id: int, model_id: int | None = None, *, first_image_id: int | None = None) -> Job:
        """Queue the prediction of all images that the model (the active one) has not seen.

        Args:
            first_image_id: of the image that somebody looks at; it and those after it come first.

        Raises:
            NotYet: there is no model. NotFound: no such model in this project.
        """
        model = self.model(project_id, model_id)
        for job in self.store.jobs.list(project_id, JobKind.PREDICT, limit=20):
            same = job.params.get("model_version_id") == model.id and "only" not in job.params
            if same and job.state in (RunState.QUEUED, RunState.RUNNING):
                return job  # asking twice is as good as once
        params = {"model_version_id": model.id, "first_image_id": first_image_id}
        return self.queue.enqueue(project_id, JobKind.PREDICT, params)

    def import_folder(
        self, project_id: int, path: Path, form: str, split: Split | None = None, author: str = ""
    ) -> Job:
        """Queue the import of a folder of this machine.

        Raises:
            NotAllowed: somebody must log in here, and the folder lies under none of the roots named at start.
            BadRequest: an unknown format, or no such folder.
        """
        if form not in READERS:
            raise BadRequest(f"Unknown format {form!r}. Choose one of {', '.join(sorted(READERS))}.")
        folder = named_place(path, self.settings)
        if not folder.exists():
            raise BadRequest(f"There is no folder {folder} on this machine.")
        params = {"path": str(folder), "format": form, "split": split and split.value}
        return self.queue.enqueue(project_id, JobKind.IMPORT, params, author)

    def export(self, project_id: int, form: str, author: str = "") -> Job:
        """Queue the export of the done images as a zip. Raises BadRequest for an unknown format."""
        if form not in WRITERS:
            raise BadRequest(f"Unknown format {form!r}. Choose one of {', '.join(sorted(WRITERS))}.")
        return self.queue.enqueue(project_id, JobKind.EXPORT, {"format": form}, author)

    # Jobs

    def job(self, job_id: int) -> Job:
        return self.store.jobs.get(job_id)

    def jobs(self, project_id: int | None = None, kind: JobKind | None = None, limit: int = 50) -> list[Job]:
        return self.store.jobs.list(project_id, kind, limit)

    def epochs(self, job_id: int) -> list[EpochReport]:
        return self.store.jobs.epochs(job_id)

    def log_tail(self, job_id: int) -> str:
        """The end of a job's log, from the start of a line; "" where there is none."""
        path = self.store.workspace.log(job_id)
        try:
            with path.open("rb") as file:
                size = file.seek(0, 2)
                file.seek(max(0, size - LOG_TAIL_BYTES))
                data = file.read()
        except FileNotFoundError:
            return ""
        if size > LOG_TAIL_BYTES:
            data = data.partition(b"\n")[2]
        return data.decode("utf-8", errors="replace")

    def cancel(self, job_id: int) -> Job:
        """Stop a job; a run keeps its best model. Raises IllegalTransition where it has finished."""
        return self.store.jobs.request_cancel(job_id)

    def resume(self, job_id: int) -> Job:
        """Let an interrupted or failed job go on. Raises IllegalTransition where it is neither."""
        return self.queue.resume(job_id)

    def running_job(self, project_id: int | None = None) -> Job | None:
        """The job that the top bar shows: a run before other work, what runs before what waits; features never."""
        jobs = [job for job in self.store.jobs.list(project_id, limit=20) if job.kind is not JobKind.FEATURES]
        waiting = [job for job in jobs if not job.state.is_finished]
        return min(waiting, key=lambda j: (not j.state.is_active, j.kind is not JobKind.TRAIN, j.id), default=None)

    def wait(
        self, job_id: int, on_change: Callable[[Job], None] | None = None, interrupted: Event | None = None
    ) -> Job:
        """Follow a job to its end; see JobQueue.wait."""
        return self.queue.wait(job_id, on_change, interrupted)

    def tend(self) -> None:
        """Keep the queue moving, have tiles made, and build features; called every few seconds by who serves."""
        self.queue.tend()
        self.tiles.tend()
        self.learning.tend()
        self.background.tend()
        self.trying.tend()

    # Models

    def models(self, project_id: int, deleted: bool = False) -> list[ModelVersion]:
        return self.store.models.list(project_id, deleted)

    def model(self, project_id: int, model_id: int | None = None) -> ModelVersion:
        """A model of a project; without an id the active one, else the newest.

        Raises:
            NotYet: the project has none. NotFound: no such model in this project.
        """
        chosen = model_id or self.store.projects.get(project_id).active_model_id
        if chosen is not None:
            return self._model_of(project_id, chosen)
        if models := self.store.models.list(project_id):
            return models[-1]
        raise NotYet("This project has no model yet. Train one first.")

    def shown_model(self, project_id: int, model_id: int) -> ModelVersion:
        """A model whose boxes are on somebody's screen; its run may have put it into the bin meanwhile.

        Raises NotFound: no such model in this project.
        """
        return self._model_of(project_id, model_id, deleted=True)

    def deleted(self, project_id: int) -> tuple[list[StoredImage], list[ModelVersion]]:
        """What lies in the bin of a project: the first 1000 images, and the models."""
        images = self.store.images.page(project_id, limit=1000, deleted=True).items
        return list(images), self.store.models.list(project_id, deleted=True)

    def _plan(self, project_id: int, config: TrainConfig) -> TrainingPlan:
        return training_plan.make_plan(self.store, project_id, config, self.devices.get(), self.settings.threads)

    def _startable(self, config: TrainConfig) -> TrainConfig:
        """The config with its weights file as an absolute path, once it is sure that a run may read it."""
        if config.weights_file is None:
            return config
        return replace(config, weights_file=str(named_file(config.weights_file, self.settings)))

    def _model_of(self, project_id: int, model_id: int, deleted: bool = False) -> ModelVersion:
        model = self.store.models.get(model_id, deleted)
        if model.project_id != project_id:
            raise NotFound(f"there is no model {model_id} in this project")
        return model
