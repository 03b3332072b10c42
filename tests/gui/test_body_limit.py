"""How much a request may carry, stated or not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi import FastAPI, Request, UploadFile
from fastapi.testclient import TestClient

from gui.body_limit import BodyLimit, sentence

READ: list[int] = []


@pytest.fixture
def client() -> Iterator[TestClient]:
    READ.clear()
    app = FastAPI()

    @app.post("/small")
    @app.post("/large")
    async def take(request: Request) -> dict[str, int]:
        async for chunk in request.stream():
            READ.append(len(chunk))
        return {"bytes": sum(READ)}

    @app.post("/json")
    async def parsed(body: dict[str, str]) -> dict[str, int]:
        return {"bytes": len(body["text"])}

    @app.post("/form")
    async def form(file: UploadFile) -> dict[str, int]:
        return {"bytes": len(await file.read())}

    app.add_middleware(BodyLimit, limit_of=lambda path: 5000 if path == "/large" else 1000)
    with TestClient(app, raise_server_exceptions=False) as opened:
        yield opened


def in_parts(count: int) -> Iterator[bytes]:
    """Sent in chunks, so that no Content-Length says how much is coming."""
    for _ in range(count):
        yield b"x" * 100


def test_what_fits_passes(client: TestClient) -> None:
    assert client.post("/small", content=b"x" * 1000).json() == {"bytes": 1000}


def test_a_stated_length_is_refused_before_a_byte_is_read(client: TestClient) -> None:
    answer = client.post("/small", content=b"x" * 1001)
    assert answer.status_code == 413
    assert answer.json() == {"error": sentence(1000)}
    assert READ == []


def test_an_unstated_length_is_counted_while_it_streams(client: TestClient) -> None:
    answer = client.post("/small", content=in_parts(50))
    assert answer.status_code == 413
    assert sum(READ) <= 1000


@pytest.mark.parametrize(
    ("path", "content_type"), [("/json", "application/json"), ("/form", "multipart/form-data; boundary=b")]
)
def test_the_limit_is_told_as_such_where_the_body_is_parsed(client: TestClient, path: str, content_type: str) -> None:
    head = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
        if path == "/form"
        else b'{"text": "'
    )

    def body() -> Iterator[bytes]:
        yield head
        yield from in_parts(50)

    assert client.post(path, content=body(), headers={"content-type": content_type}).status_code == 413


def test_each_path_has_its_own_limit(client: TestClient) -> None:
    assert client.post("/large", content=in_parts(50)).json() == {"bytes": 5000}
    assert client.post("/large", content=in_parts(51)).status_code == 413


@pytest.mark.parametrize(
    ("limit", "said"), [(900, "900 bytes"), (16 * 2**20, "16 MB"), (2 * 2**30, "2 GB"), (2**31 + 2**16, "2 GB")]
)
def test_the_sentence_names_the_limit(limit: int, said: str) -> None:
    assert said in sentence(limit)
