"""The pictures themselves: the copy that a browser shows, and the small one. Never an active document."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import FileResponse, Response

from detector.domain import Box
from gui.cropping import SIDE
from gui.routes.parse import Id
from gui.services import Services
from storage.errors import NotFound
from storage.records import StoredImage

# What a browser shows of an original is fixed here; everything else has a view.
ORIGINAL_TYPES = {
    "JPEG": "image/jpeg",
    "MPO": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "GIF": "image/gif",
    "BMP": "image/bmp",
}
VIEW_TYPES = {".png": "image/png", ".jpg": "image/jpeg"}
Side = Annotated[int, Query(ge=16, le=1024)]  # pixels of the longer side of a crop
ALWAYS = {
    # The address names an image whose bytes never change; "private", because a login may stand before it.
    "Cache-Control": "private, max-age=31536000, immutable",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Content-Disposition": "inline",
    "X-Content-Type-Options": "nosniff",
}


def router(services: Services) -> APIRouter:
    routes = APIRouter(prefix="/files/images")

    def found(image_id: int) -> StoredImage:
        """Pictures in the bin are shown too, so that a person sees what there is to restore."""
        return services.store.images.get(image_id, deleted=True)

    @routes.get("/{image_id}/view")
    def view(image_id: Id, request: Request) -> Response:
        image = found(image_id)
        workspace = services.store.workspace
        if services.tiles.is_big(image) and (small := workspace.overview(image.sha256)).is_file():
            return _file(request, small, "image/jpeg", f"{image.sha256}-overview")
        if not image.has_view:
            kind = ORIGINAL_TYPES.get(image.format, "application/octet-stream")
            return _file(request, workspace.original(image.sha256), kind, image.sha256)
        path = workspace.find_view(image.sha256)
        if path is None:
            raise NotFound(f"the picture of {image.name} is missing in the workspace folder")
        return _file(request, path, VIEW_TYPES[path.suffix], f"{image.sha256}-view")

    @routes.get("/{image_id}/thumb")
    def thumb(image_id: Id, request: Request) -> Response:
        image = found(image_id)
        return _file(request, services.store.workspace.thumb(image.sha256), "image/jpeg", f"{image.sha256}-thumb")

    @routes.get("/{image_id}/crop")
    def crop(
        image_id: Id, x1: float, y1: float, x2: float, y2: float, side: Side = SIDE, exact: bool = False
    ) -> Response:
        """One box with some of what is round it; its bytes never change, as its corners are in the address."""
        data = services.classes.crop(image_id, Box(x1, y1, x2, y2), side, exact=exact)
        return Response(data, media_type="image/jpeg", headers=ALWAYS)

    return routes


def _file(request: Request, path: Path, kind: str, tag: str) -> Response:
    headers = {**ALWAYS, "ETag": f'"{tag}"'}
    if headers["ETag"] in [one.strip() for one in request.headers.get("if-none-match", "").split(",")]:
        return Response(status_code=304, headers=headers)
    if not path.is_file():
        raise NotFound("the picture is missing in the workspace folder")
    return FileResponse(path, media_type=kind, headers=headers)
