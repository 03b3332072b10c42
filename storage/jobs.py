"""Background work: one row per job, and the only truth about it. Every change of state is one conditional UPDATE."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, literal, or_, select, update
from sqlalchemy.orm import aliased

from detector.runs import EpochReport, JobKind, RunState
from storage.activity import record
from storage.clock import DatabaseNow, Moment, now
from storage.engine import Database
from storage.errors import IllegalTransition, NotFound
from storage.lookups import need_project, new_id
from storage.records import Job
from storage.tables import EpochRow, JobRow, ProjectRow

ACTIVE = tuple(state.value for state in RunState if state.is_active)
UNFINISHED = tuple(state.value for state in RunState if not state.is_finished)
FINISHED = tuple(state for state in RunState if state.is_finished)
TOLD_AS = {JobKind.TRAIN: "model_trained", JobKind.IMPORT: "data_imported", JobKind.EXPORT: "data_exported"}
TOLD_OF = ("model_version_id", "model_number", "added", "images", "boxes")  # of its result
STALE_SECONDS = 30.0
# Kinds that give way, and to which they do not: all others go first, and these end or go back to the queue for them.
BEHIND = {
    JobKind.FEATURES: (JobKind.FEATURES,),
    JobKind.CHECK: (JobKind.FEATURES, JobKind.CHECK),
}
Jobs = list[Job]  # within the store, `list` is a method
Reports = list[EpochReport]
Ids = list[int]


class JobStore:
    """The jobs of a workspace. Methods raise NotFound for a job that is not there.

    A worker that has been interrupted and whose job was claimed by another one must not write any more: it passes the
    `attempt` that its claim returned (Job.attempts), and is refused once that is no longer the current one.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def enqueue(self, project_id: int, kind: JobKind, params: dict[str, Any]) -> Job:
        """Put a job at the end of the queue; `params` is small JSON."""
        with self._database.transaction() as connection:
            need_project(connection, project_id)
            values: dict[str, Any] = {
                "project_id": project_id,
                "kind": kind.value,
                "state": RunState.QUEUED.value,
                "params": params,
            }
            values |= {"progress": {}, "message": "", "result": {}, "attempts": 0, "created_at": now(connection)}
            done = connection.execute(insert(JobRow).values(values))
            return _need_job(connection, new_id(done))

    def get(self, job_id: int) -> Job:
        with self._database.reading() as connection:
            return _need_job(connection, job_id)

    def list(self, project_id: int | None = None, kind: JobKind | None = None, limit: int = 50) -> Jobs:
        """Jobs of one project or of all, newest first."""
        query = select(JobRow).order_by(JobRow.id.desc()).limit(max(1, limit))
        if project_id is not None:
            query = query.where(JobRow.project_id == project_id)
        if kind is not None:
            query = query.where(JobRow.kind == kind.value)
        with self._database.reading() as connection:
            return [to_job(row) for row in connection.execute(query)]

    def idle(self) -> bool:
        """Whether no job of the workspace waits or is worked on."""
        query = select(JobRow.id).where(_in_living_project(), JobRow.state.in_(UNFINISHED)).limit(1)
        with self._database.reading() as connection:
            return connection.execute(query).first() is None

    def other_work(self, than: JobKind = JobKind.FEATURES) -> bool:
        """Whether there is anything to do that a job of this kind gives way to."""
        first = JobRow.kind.not_in([kind.value for kind in BEHIND[than]])
        query = select(JobRow.id).where(_in_living_project(), JobRow.state.in_(UNFINISHED), first).limit(1)
        with self._database.reading() as connection:
            return connection.execute(query).first() is not None

    def forget_finished(self, project_id: int, kind: JobKind, keep: int = 1) -> Ids:
        """Remove the finished jobs of a kind that left nothing behind, but the newest `keep`. Returns their ids.

        Meant for features: they come and go while somebody labels, and nobody looks at their rows.
        """
        with self._database.transaction() as connection:
            finished = [state.value for state in FINISHED]
            old = select(JobRow.id).where(
                JobRow.project_id == project_id, JobRow.kind == kind.value, JobRow.state.in_(finished)
            )
            ids = list(connection.scalars(old.order_by(JobRow.id.desc()).offset(keep)))
            if ids:
                connection.execute(delete(EpochRow).where(EpochRow.job_id.in_(ids)))
                connection.execute(delete(JobRow).where(JobRow.id.in_(ids)))
            return ids

    def claim(self, job_id: int, pid: int) -> Job | None:
        """Take a queued job for the process `pid`; None where it cannot be had (now).

        Of many who try, one gets it. A training job cannot be had while another one runs in the workspace, and
        those that give way (BEHIND) cannot while there is anything to do that goes first.
        """
        with self._database.transaction() as connection:
            _need_job(connection, job_id)
            return _claim(connection, job_id, pid)

    def claim_next(self, pid: int) -> Job | None:
        """Take the oldest job that can be had."""
        with self._database.transaction() as connection:
            job_id = connection.execute(_oldest_claimable()).scalar()
            return None if job_id is None else _claim(connection, job_id, pid)

    def claimable(self) -> bool:
        """Whether `claim_next` would find a job."""
        with self._database.reading() as connection:
            return connection.execute(_oldest_claimable()).scalar() is not None

    def oldest_claimable(self, kind: JobKind) -> Job | None:
        """The job of this kind that has waited longest of those that can be had."""
        with self._database.reading() as connection:
            job_id = connection.execute(_oldest_claimable().where(JobRow.kind == kind.value)).scalar()
            return None if job_id is None else _need_job(connection, job_id)

    def beat(self, job_id: int, *, attempt: int | None = None) -> bool:
        """Say that the worker lives. False where the job is no longer running: the worker must stop then."""
        with self._database.transaction() as connection:
            beating = update(JobRow).where(*_held(job_id, attempt)).values(beat_at=DatabaseNow())
            if connection.execute(beating).rowcount == 1:
                return True
            _need_job(connection, job_id)
            return False

    def report(
        self, job_id: int, progress: dict[str, Any], message: str | None = None, *, attempt: int | None = None
    ) -> None:
        """Replace the progress (small JSON), and the message where one is given; counts as a beat.

        Raises:
            IllegalTransition: the job is not running, or another worker has it.
        """
        values: dict[str, Any] = {"progress": progress, "beat_at": DatabaseNow()}
        if message is not None:
            values["message"] = message
        with self._database.transaction() as connection:
            _change(connection, job_id, values, "report on", attempt)

    def add_epoch(self, job_id: int, report: EpochReport, *, attempt: int | None = None) -> None:
        """Keep what an epoch brought; one that is run again after a resume replaces itself and those after it.

        Raises:
            IllegalTransition: the job is not running, or another worker has it.
        """
        with self._database.transaction() as connection:
            _change(connection, job_id, {"beat_at": DatabaseNow()}, "report on", attempt)
            connection.execute(delete(EpochRow).where(EpochRow.job_id == job_id, EpochRow.epoch >= report.epoch))
            values = {"job_id": job_id, "epoch": report.epoch, "report": report.to_json()}
            connection.execute(insert(EpochRow).values(values))

    def epochs(self, job_id: int) -> Reports:
        """What the epochs of a job brought, in their order."""
        with self._database.reading() as connection:
            _need_job(connection, job_id)
            query = select(EpochRow.report).where(EpochRow.job_id == job_id).order_by(EpochRow.epoch)
            return [EpochReport.from_json(report) for report in connection.scalars(query)]

    def request_cancel(self, job_id: int) -> Job:
        """Cancel a waiting job at once, or ask a running one to stop; asking twice is as good as once.

        Raises:
            IllegalTransition: the job has finished.
        """
        with self._database.transaction() as connection:
            state = _need_job(connection, job_id).state
            if state is RunState.QUEUED:
                values = {"state": RunState.CANCELLED.value, "message": "Cancelled.", "finished_at": now(connection)}
                return _change(connection, job_id, values, "cancel", allowed=(RunState.QUEUED,))
            return _change(connection, job_id, {"state": RunState.CANCELLING.value}, "cancel")

    def is_cancelling(self, job_id: int) -> bool:
        """Whether the worker shall stop: somebody asked for it, or the job is no longer running at all."""
        with self._database.reading() as connection:
            state = connection.execute(select(JobRow.state).where(JobRow.id == job_id)).scalar()
        if state is None:
            raise NotFound(f"there is no job {job_id}")
        return state != RunState.RUNNING.value

    def finish(
        self,
        job_id: int,
        state: RunState,
        message: str,
        result: dict[str, Any] | None = None,
        *,
        attempt: int | None = None,
    ) -> Job:
        """End a running job. `message` is one sentence; `result` small JSON (None keeps what is there).

        The end of a run, an import or an export is activity of who started it.

        Raises:
            IllegalTransition: the job is not running, another worker has it, or `state` is no end.
        """
        if not state.is_finished:
            raise IllegalTransition(f"a job cannot finish as {state.value}")
        with self._database.transaction() as connection:
            values: dict[str, Any] = {"state": state.value, "message": message, "finished_at": now(connection)}
            if result is not None:
                values["result"] = result
            job = _change(connection, job_id, values, "finish", attempt)
            _tell(connection, job)
            return job

    def give_way(self, job_id: int, message: str, *, attempt: int | None = None) -> Job:
        """Put a running job back into the queue, for another one's sake; it keeps its params and progress.

        Raises:
            IllegalTransition: it is not running (somebody stopped it), or another worker has it.
        """
        values = {"state": RunState.QUEUED.value, "message": message, "beat_at": None, "pid": None}
        with self._database.transaction() as connection:
            return _change(connection, job_id, values, "give way with", attempt, allowed=(RunState.RUNNING,))

    def requeue(self, job_id: int) -> Job:
        """Let an interrupted or failed job run again, with its params and epochs.

        Raises:
            IllegalTransition: it is neither.
        """
        values = {"state": RunState.QUEUED.value, "message": "", "finished_at": None, "beat_at": None, "pid": None}
        with self._database.transaction() as connection:
            allowed = (RunState.INTERRUPTED, RunState.FAILED)
            return _change(connection, job_id, values, "resume", allowed=allowed)

    def interrupt_stale(self, after_seconds: float = STALE_SECONDS) -> Jobs:
        """End the jobs whose worker has not beaten for so long, by the clock of the database.

        A running one becomes interrupted and can be resumed; one that was asked to stop becomes cancelled.

        Returns:
            The jobs that were ended by this call; of several callers, one gets each.
        """
        with self._database.reading() as connection:
            if not connection.execute(select(JobRow.id).where(_stale(now(connection), after_seconds))).first():
                return []  # the usual case: no writer is disturbed
        with self._database.transaction() as connection:
            moment = now(connection)
            ids = list(connection.scalars(select(JobRow.id).where(_stale(moment, after_seconds))))
            for job_id in ids:
                stopped = _need_job(connection, job_id).state is RunState.CANCELLING
                state = RunState.CANCELLED if stopped else RunState.INTERRUPTED
                message = "Cancelled; its worker had gone." if stopped else "Its worker vanished; it can be resumed."
                values = {"state": state.value, "message": message, "finished_at": moment}
                _change(connection, job_id, values, "interrupt")
            return [_need_job(connection, job_id) for job_id in ids]


def to_job(row: Any) -> Job:
    return Job(
        id=row.id,
        project_id=row.project_id,
        kind=JobKind(row.kind),
        state=RunState(row.state),
        params=row.params,
        progress=row.progress,
        message=row.message,
        result=row.result,
        attempts=row.attempts,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        beat_at=row.beat_at,
        pid=row.pid,
    )


def _tell(connection: Connection, job: Job) -> None:
    if (kind := TOLD_AS.get(job.kind)) is None:
        return
    told = {word: job.result[word] for word in TOLD_OF if word in job.result}
    author = str(job.params.get("author", ""))
    record(connection, job.project_id, kind, author, {"job": job.id, "state": job.state.value, **told})


def _need_job(connection: Connection, job_id: int) -> Job:
    row = connection.execute(select(JobRow).where(JobRow.id == job_id)).one_or_none()
    if row is None:
        raise NotFound(f"there is no job {job_id}")
    return to_job(row)


def _in_living_project() -> ColumnElement[bool]:
    return select(ProjectRow.id).where(ProjectRow.id == JobRow.project_id, ProjectRow.deleted_at.is_(None)).exists()


def _can_be_had() -> ColumnElement[bool]:
    """Queued, of a project outside the bin, not a training job while another one is active, and nothing of what it
    gives way to waits or is active."""
    other = aliased(JobRow)
    training = select(other.id).where(other.kind == JobKind.TRAIN.value, other.state.in_(ACTIVE)).exists()
    free = [or_(JobRow.kind != JobKind.TRAIN.value, ~training)]
    for kind, behind in BEHIND.items():
        waiting = and_(other.kind.not_in([one.value for one in behind]), other.state == RunState.QUEUED.value)
        first = select(other.id).where(or_(other.state.in_(ACTIVE), waiting)).exists()
        free.append(or_(JobRow.kind != kind.value, ~first))
    return and_(JobRow.state == RunState.QUEUED.value, _in_living_project(), *free)


def _oldest_claimable() -> Any:
    return select(func.min(JobRow.id)).where(_can_be_had())


def _claim(connection: Connection, job_id: int, pid: int) -> Job | None:
    moment = now(connection)
    values = {
        "state": RunState.RUNNING.value,
        "pid": pid,
        "attempts": JobRow.attempts + 1,
        "started_at": func.coalesce(JobRow.started_at, literal(moment, Moment())),
        "finished_at": None,
        "beat_at": moment,
    }
    done = connection.execute(update(JobRow).where(JobRow.id == job_id, _can_be_had()).values(values))
    return _need_job(connection, job_id) if done.rowcount == 1 else None


def _held(job_id: int, attempt: int | None) -> list[ColumnElement[bool]]:
    held = [JobRow.id == job_id, JobRow.state.in_(ACTIVE)]
    return held if attempt is None else [*held, JobRow.attempts == attempt]


def _stale(moment: datetime, after_seconds: float) -> ColumnElement[bool]:
    return and_(JobRow.state.in_(ACTIVE), JobRow.beat_at < moment - timedelta(seconds=after_seconds))


def _change(
    connection: Connection,
    job_id: int,
    values: dict[str, Any],
    doing: str,
    attempt: int | None = None,
    allowed: Collection[RunState] = (RunState.RUNNING, RunState.CANCELLING),
) -> Job:
    """One conditional UPDATE, refused with IllegalTransition where the job is not in an allowed state."""
    condition = [JobRow.id == job_id, JobRow.state.in_([state.value for state in allowed])]
    if attempt is not None:
        condition.append(JobRow.attempts == attempt)
    done = connection.execute(update(JobRow).where(*condition).values(values))
    job = _need_job(connection, job_id)
    if done.rowcount != 1:
        why = f"it is {job.state.value}" if job.state not in allowed else "another worker has it"
        raise IllegalTransition(f"cannot {doing} job {job_id}: {why}")
    return job
