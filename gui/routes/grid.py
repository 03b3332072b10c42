"""The grid of images: any part of any filter in any order, acts on a selection, the bin emptied."""

from __future__ import annotations

import json
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field
from starlette.datastructures import QueryParams
from starlette.responses import Response

from gui import grid_view, image_params, view_models
from gui.bulk import Act
from gui.image_params import Params
from gui.messages import BadRequest
from gui.predicting import predict_selection
from gui.routes.parse import Body, Id, RowId, user_of
from gui.services import Services
from gui.view_models import Json
from storage.image_filter import ImageFilter, ImageOrder, Selection, SortBy
from storage.records import BegunList, ListedPage, StoredImage

LARGEST_PAGE = 500
MOST_NAMED = 100_000  # ids in one answer or request; a larger selection names a filter
First = Annotated[int, Query(ge=0, le=10**9)]
Token = Annotated[str | None, Query(max_length=40)]


class Chosen(Body):
    """Images by id, or all that a filter (as in an address) lets through but some."""

    ids: list[RowId] = Field(default_factory=list, max_length=MOST_NAMED)
    filter: str | None = Field(default=None, max_length=4000)
    but: list[RowId] = Field(default_factory=list, max_length=MOST_NAMED)


class ActBody(Chosen):
    action: str
    value: str = Field(default="", max_length=200)


class PredictBody(Chosen):
    model_id: RowId | None = None


def router(services: Services) -> APIRouter:
    routes = APIRouter(prefix="/api")
    pages = services.store.pages

    def asked(project_id: int, params: Params) -> tuple[ImageFilter, ImageOrder]:
        active = services.store.projects.get(project_id).active_model_id
        return image_params.read_filter(params, active), image_params.read_order(params)

    def selection(project_id: int, body: Chosen) -> Selection:
        if body.filter is None:
            return Selection(project_id, ids=tuple(body.ids))
        wanted, _ = asked(project_id, image_params.from_text(body.filter))
        return Selection(project_id, wanted=wanted, but=frozenset(body.but))

    @routes.get("/projects/{project_id}/grid")
    def page(
        project_id: Id,
        request: Request,
        first: First = 0,
        limit: Annotated[int, Query(ge=1, le=LARGEST_PAGE)] = 100,
        list: Token = None,
        found: bool = False,
        around: RowId | None = None,
        plain: bool = False,
        begin: bool = False,
    ) -> Response:
        """Images from the place `first` on; `list` is of an answer before; `found` adds the filter's model's boxes.

        `around`: rather those round an image. `plain`: without boxes and tags. `begin`: the first ones at once;
        `total` and `list` are null where the list is still to be made.
        """
        wanted, order = asked(project_id, params_of(request.query_params))
        if order.by is SortBy.SCORE and wanted.model_id is None:
            raise BadRequest("There is no model yet whose score could sort the images. Train one, or sort otherwise.")
        part: ListedPage | BegunList
        if begin:
            part, first = pages.begin(project_id, wanted, order, limit=limit), 0
        else:
            part = pages.listed(project_id, wanted, order, first=first, limit=limit, token=list, around=around)
            first = part.first
        model_id = services.shown_model(project_id, wanted.model_id).id if found and wanted.model_id else None
        items = (
            _items(services, part.items, model_id) if not plain else [i and view_models.image(i) for i in part.items]
        )
        shown = {"items": items, "first": first, "total": part.total, "list": part.token, "model": model_id}
        return Response(json.dumps(shown, separators=(",", ":")), media_type="application/json")

    @routes.get("/projects/{project_id}/grid/ids")
    def ids(project_id: Id, request: Request, first: First, last: First, list: Token = None) -> Json:
        """The ids at the places `first` to `last`, both included."""
        if last - first >= MOST_NAMED:
            raise BadRequest(f"At most {MOST_NAMED:,} images can be named; select all of them instead.")
        wanted, order = asked(project_id, params_of(request.query_params))
        return {"ids": pages.ids_between((project_id, wanted, order), first, last, list)}

    @routes.get("/projects/{project_id}/grid/facts")
    def facts(project_id: Id) -> Json:
        """What there is to filter by: tags, people, and how many images of each split, commented, and with nothing."""
        counts = services.store.projects.counts(project_id)
        return {
            "tags": [grid_view.tag(one) for one in services.store.tags.list(project_id)],
            "people": pages.people(project_id),
            "splits": {(split.value if split else "none"): n for split, n in counts.by_split.items()},
            "commented": pages.count(project_id, ImageFilter(open_comments=True)),
            "nothing": pages.count(project_id, ImageFilter(nothing_here=True)),
            "binned": pages.count(project_id, ImageFilter(deleted=True)),
        }

    @routes.post("/projects/{project_id}/bulk")
    def act(project_id: Id, body: ActBody, request: Request) -> Json:
        return services.bulk.start(body.action, body.value, selection(project_id, body), user_of(request)).to_json()

    @routes.post("/projects/{project_id}/bulk/predict")
    def predict(project_id: Id, body: PredictBody, request: Request) -> Json:
        chosen = selection(project_id, body)
        return view_models.job(predict_selection(services, chosen, body.model_id, user_of(request)))

    @routes.get("/bulk/{act_id}")
    def progress(act_id: Id) -> Json:
        return services.bulk.get(act_id).to_json()

    @routes.post("/projects/{project_id}/bin/empty")
    def empty(project_id: Id, request: Request) -> Json:
        begun: Act = services.bulk.empty_bin(project_id, user_of(request))
        return begun.to_json()

    return routes


def params_of(query: QueryParams) -> Params:
    """All values of each parameter."""
    return {key: query.getlist(key) for key in query}


def _items(services: Services, images: tuple[StoredImage | None, ...], model_id: int | None) -> list[Json | None]:
    store = services.store
    ids = [image.id for image in images if image is not None]
    drawn, tags = store.pages.boxes_on(i.id for i in images if i is not None and i.boxes), store.tags.of_images(ids)
    found = store.predictions.of_images(model_id, ids) if model_id is not None else {}
    said = store.comments.open_counts(ids)
    return [
        None
        if i is None
        else grid_view.image(i, drawn.get(i.id, ()), tags.get(i.id, ()), found.get(i.id), said.get(i.id, 0))
        for i in images
    ]
