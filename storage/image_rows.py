"""A row of the images as the stores hand it out."""

from __future__ import annotations

from typing import Any

from detector.domain import ImageSize
from storage.records import ImageState, Split, StoredImage


def to_image(row: Any) -> StoredImage:
    return StoredImage(
        id=row.id,
        project_id=row.project_id,
        sha256=row.sha256,
        name=row.name,
        size=ImageSize(row.width, row.height),
        format=row.format,
        exif_orientation=row.exif_orientation,
        has_view=row.has_view,
        bytes=row.bytes,
        state=ImageState(row.state),
        split=None if row.split is None else Split(row.split),
        revision=row.revision,
        boxes=row.boxes,
        created_at=row.created_at,
        updated_at=row.updated_at,
        deleted_at=row.deleted_at,
        saved_at=row.saved_at,
        saved_by=row.saved_by or "",
        bit_depth=row.bit_depth,
    )
