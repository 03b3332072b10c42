"""Tiles of big pictures and of deep grey: how they stand, and each of them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from gui.routes.files import ALWAYS
from gui.routes.parse import Id
from gui.services import Services
from gui.view_models import Json

Small = Annotated[int, Path(ge=0, le=10_000)]


def router(services: Services) -> APIRouter:
    routes = APIRouter()

    @routes.get("/api/images/{image_id}/tiles")
    def state(image_id: Id, band: Annotated[int, Query(ge=0, le=10_000)] = 0) -> Json | None:
        """See Tiles.state; asked again until `ready`."""
        return services.tiles.state(services.store.images.get(image_id, deleted=True), band)

    @routes.get("/files/images/{image_id}/tiles/{band}/{level}/{column}/{row}")
    def tile(image_id: Id, band: Small, level: Small, column: Small, row: Small) -> Response:
        image = services.store.images.get(image_id, deleted=True)
        data, kind = services.tiles.read(image, band, level, column, row)
        return Response(data, media_type=kind, headers=ALWAYS)

    return routes
