"""The one door to what is stored: opens the database of a workspace and hands out its stores."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from storage.activity import ActivityStore
from storage.annotations import AnnotationStore
from storage.bulk import BulkStore
from storage.claims import ClaimStore
from storage.class_boxes import ClassBoxStore
from storage.class_moves import ClassMoveStore
from storage.classes import ClassStore
from storage.columns import ColumnStore
from storage.comments import CommentStore
from storage.corrections import CorrectionStore
from storage.engine import open_database
from storage.history import HistoryStore
from storage.image_pages import ImagePages
from storage.images import ImageStore
from storage.jobs import JobStore
from storage.kept_labels import KeptLabelStore
from storage.model_versions import ModelStore
from storage.outlines import OutlineStore
from storage.predictions import PredictionStore
from storage.projects import ProjectStore
from storage.queues import QueueStore
from storage.rejections import RejectionStore
from storage.review import ReviewStore
from storage.snapshots import SnapshotStore
from storage.tags import TagStore
from storage.undo_notes import UndoNoteStore
from storage.workspace import Workspace


class Store:
    """All stores of one workspace. May be used by many threads; a child process opens its own.

    Raises:
        SchemaTooNew: a newer Boxloop wrote the database.
        StorageError: it is damaged or cannot be used.
    """

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.database = open_database(workspace)
        self.projects = ProjectStore(self.database)
        self.classes = ClassStore(self.database)
        self.pages = ImagePages(self.database)
        self.images = ImageStore(self.database, self.pages)
        self.columns = ColumnStore(self.database)
        self.class_boxes = ClassBoxStore(self.database)
        self.class_moves = ClassMoveStore(self.database)
        self.claims = ClaimStore(self.database)
        self.bulk = BulkStore(self.database)
        self.tags = TagStore(self.database)
        self.annotations = AnnotationStore(self.database)
        self.predictions = PredictionStore(self.database)
        self.rejections = RejectionStore(self.database)
        self.review = ReviewStore(self.database)
        self.queues = QueueStore(self.database)
        self.kept_labels = KeptLabelStore(self.database)
        self.jobs = JobStore(self.database)
        self.models = ModelStore(self.database)
        self.outlines = OutlineStore(self.database)
        self.snapshots = SnapshotStore(self.database)
        self.history = HistoryStore(self.database)
        self.activity = ActivityStore(self.database)
        self.undo_notes = UndoNoteStore(self.database)
        self.comments = CommentStore(self.database)
        self.corrections = CorrectionStore(self.database)

    def close(self) -> None:
        """Close the database; the stores cannot be used any more."""
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
