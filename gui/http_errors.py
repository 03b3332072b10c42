"""Turns what went wrong into an answer: a fitting status and one sentence for a person, never a traceback."""

from __future__ import annotations

import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from detector import errors as detector_errors
from detector.errors import DetectorError
from gui.messages import ServiceError, explain
from storage import errors as storage_errors
from storage.errors import StorageError

log = logging.getLogger(__name__)

UNEXPECTED = (
    "Something went wrong in Boxloop itself; nothing that was shown as saved is lost. The server's log says more."
)
NOTHING_HERE = "There is nothing at this address."
# The nearest class in the error's own line of descent decides.
STATUSES: dict[type[Exception], int] = {
    storage_errors.NotFound: 404,
    storage_errors.StaleRevision: 409,
    storage_errors.InvalidValue: 422,
    storage_errors.NotYours: 403,
    storage_errors.NameTaken: 409,
    storage_errors.InUse: 409,
    storage_errors.IllegalTransition: 409,
    storage_errors.WorkspaceLocked: 409,
    storage_errors.DatabaseBusy: 503,
    storage_errors.DiskFull: 507,
    storage_errors.InvalidDataset: 422,
    StorageError: 500,
    detector_errors.InvalidBox: 422,
    detector_errors.UnreadableImage: 415,
    detector_errors.TooFewExamples: 409,
    detector_errors.WeightsUnavailable: 503,
    DetectorError: 500,
}


def status_of(error: Exception) -> int:
    """The HTTP status that says best what happened; 500 for what nobody foresaw."""
    if isinstance(error, ServiceError):
        return error.status
    return next((STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES), 500)


def install(app: FastAPI) -> None:
    """Let every error of a route become `{"error": sentence}`."""
    app.add_exception_handler(StorageError, _known)
    app.add_exception_handler(DetectorError, _known)
    app.add_exception_handler(ServiceError, _known)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _plain)
    app.add_exception_handler(Exception, _unexpected)


async def _known(request: Request, error: Exception) -> Response:
    status = status_of(error)
    if status >= 500:
        log.error("%s %s: %s", request.method, request.url.path, error, exc_info=error)
    return JSONResponse({"error": explain(error)}, status_code=status)


async def _invalid(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return JSONResponse({"error": "; ".join(_complaint(one) for one in error.errors()[:3]) + "."}, status_code=422)


def _complaint(one: dict[str, Any]) -> str:
    where = ".".join(str(part) for part in one["loc"][1:]) or "the request"
    reason = str(one["msg"]).removeprefix("Value error, ")
    return f"{where}: {reason[:1].lower()}{reason[1:]}"


async def _plain(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    sentence = NOTHING_HERE if error.detail == "Not Found" else str(error.detail)
    return JSONResponse({"error": sentence}, status_code=error.status_code, headers=error.headers)


async def _unexpected(request: Request, error: Exception) -> Response:
    log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return JSONResponse({"error": UNEXPECTED}, status_code=500)
