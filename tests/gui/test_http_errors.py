"""What went wrong becomes a status and a sentence."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import BaseModel

from detector import errors as detector_errors
from gui import http_errors
from gui.messages import NotAllowed, NotYet
from storage import errors as storage_errors


class Body(BaseModel):
    size: int


def app_that_raises(error: Exception) -> FastAPI:
    app = FastAPI()
    http_errors.install(app)

    @app.get("/")
    def fail() -> None:
        raise error

    @app.post("/")
    def take(body: Body) -> None:
        return None

    return app


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (storage_errors.NotFound("there is no image 7"), 404),
        (storage_errors.InvalidValue("no name"), 422),
        (storage_errors.NameTaken("taken"), 409),
        (storage_errors.InUse("in use"), 409),
        (storage_errors.StaleRevision(3), 409),
        (storage_errors.IllegalTransition("finished"), 409),
        (storage_errors.DiskFull("full"), 507),
        (storage_errors.DatabaseBusy("busy"), 503),
        (storage_errors.InvalidDataset("no data set"), 422),
        (storage_errors.StorageError("odd"), 500),
        (detector_errors.InvalidBox("no area"), 422),
        (detector_errors.UnreadableImage("no picture"), 415),
        (detector_errors.TooFewExamples("too few"), 409),
        (detector_errors.CheckpointError("damaged"), 500),
        (NotAllowed("not from there"), 403),
        (NotYet("predict first"), 409),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
def test_a_known_error_says_itself(error: Exception, status: int) -> None:
    answer = TestClient(app_that_raises(error)).get("/")
    assert answer.status_code == status
    assert str(error).lower()[:20] in answer.json()["error"].lower()


def test_an_unknown_error_says_nothing_of_our_insides() -> None:
    client = TestClient(app_that_raises(KeyError("secret place in the code")), raise_server_exceptions=False)
    answer = client.get("/")
    assert answer.status_code == 500
    assert answer.json() == {"error": http_errors.UNEXPECTED}


def test_a_body_that_does_not_fit_names_the_field() -> None:
    answer = TestClient(app_that_raises(ValueError())).post("/", json={"size": "large"})
    assert answer.status_code == 422
    assert answer.json()["error"].startswith("size: ")


def test_a_body_that_is_no_json_is_told() -> None:
    answer = TestClient(app_that_raises(ValueError())).post("/", content=b"{", headers={"content-type": "text/json"})
    assert answer.status_code == 422
    assert "error" in answer.json()


def test_a_wrong_method_is_told_in_the_same_shape() -> None:
    answer = TestClient(app_that_raises(ValueError())).put("/")
    assert answer.status_code == 405
    assert answer.json() == {"error": "Method Not Allowed"}
