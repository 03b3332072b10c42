"""What people do with the versions of a model: choose the active one, name and note them, keep them, put them away."""

from __future__ import annotations

from storage.records import ModelVersion
from storage.store import Store


class ModelActs:
    """Acts on single versions. Methods raise NotFound for a version that is not there. Threads may share it."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def activate(self, model_id: int, author: str = "") -> ModelVersion:
        """Let the boxes of a version lie under the images from now on; of an older one, this is going back to it."""
        model = self._store.models.get(model_id)
        self._store.projects.set_active_model(model.project_id, model.id, author)
        return model

    def change(
        self,
        model_id: int,
        *,
        name: str | None = None,
        note: str | None = None,
        pinned: bool | None = None,
        author: str = "",
    ) -> ModelVersion:
        """Give a version a name or a note, or keep it whatever comes after it; what is None stays as it is."""
        models = self._store.models
        with self._store.database.together():
            changed = models.get(model_id)
            if name is not None:
                changed = models.set_name(model_id, name, author)
            if note is not None:
                changed = models.set_note(model_id, note, author)
            if pinned is not None:
                changed = models.set_pinned(model_id, pinned, author)
        return changed

    def delete(self, model_id: int, author: str = "") -> ModelVersion:
        """Put a version into the bin. Raises InUse for the active one and for one that is pinned."""
        return self._store.models.delete(model_id, author)

    def restore(self, model_id: int, author: str = "") -> ModelVersion:
        """Take a version out of the bin."""
        return self._store.models.restore(model_id, author)
