"""The doors: before our routes, before Gradio's events, and before the real pages."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from gui import assets
from gui.auth_file import AuthFile, add_user
from gui.doors import PAGE_POLICY, Doors
from gui.hosts import OwnHosts, own_names
from gui.login import Login
from gui.server import create_app
from gui.services import Services
from tests.gui.labelled_project import open_store
from tests.gui.web import ADDRESS, PORT, services_on, serving

SEEN: list[str] = []


def mount_echo(app: FastAPI, _: Services) -> FastAPI:
    """The smallest pages with an event in them."""

    def echo(text: str) -> str:
        SEEN.append(text)
        return text.upper()

    async def build() -> FastAPI:  # Gradio leaves a loop open where it finds none
        with gr.Blocks(analytics_enabled=False) as blocks:
            box = gr.Textbox()
            box.submit(echo, box, box, api_name="echo")
        return gr.mount_gradio_app(app, blocks, path="/", ssr_mode=False)

    return asyncio.run(build())


@pytest.fixture(scope="module")
def gradio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with open_store(tmp_path_factory.mktemp("doors")) as store:
        app = create_app(services_on(store), port=PORT, mount=mount_echo)
        with TestClient(app, base_url=ADDRESS) as client:
            yield client


@pytest.fixture(autouse=True)
def nothing_seen() -> None:
    SEEN.clear()


FOREIGN: dict[str, dict[str, str]] = {
    "another origin": {"origin": "http://evil.example"},
    "the same machine on another port": {"origin": "http://127.0.0.1:9999"},
    "our name over https": {"origin": f"https://127.0.0.1:{PORT}"},
    "another name of ours than the page's": {"origin": f"http://localhost:{PORT}"},
    "a hidden origin": {"origin": "null"},
    "an empty origin": {"origin": ""},
    "a foreign host": {"host": f"evil.example:{PORT}"},
    "a foreign host with its own origin": {"host": f"evil.example:{PORT}", "origin": f"http://evil.example:{PORT}"},
    "our host on another port": {"host": "127.0.0.1:80"},
    "a cross-site fetch": {"sec-fetch-site": "cross-site"},
    "a same-site fetch from another port": {"sec-fetch-site": "same-site"},
}
OURS: dict[str, dict[str, str]] = {
    "our page": {"origin": ADDRESS, "sec-fetch-site": "same-origin"},
    "our page by its other name": {"host": f"localhost:{PORT}", "origin": f"http://localhost:{PORT}"},
    "a script": {},
}
EVENT = {"data": ["hello"]}


def by_name(cases: dict[str, dict[str, str]]) -> Any:
    return pytest.mark.parametrize("headers", cases.values(), ids=cases.keys())


@by_name(FOREIGN)
def test_a_gradio_event_with_a_valid_body_from_elsewhere_is_refused_and_not_run(
    gradio: TestClient, headers: dict[str, str]
) -> None:
    answer = gradio.post("/gradio_api/run/echo", json=EVENT, headers=headers)
    assert answer.status_code == 403
    assert answer.json()["error"]
    assert SEEN == []


@by_name(OURS)
def test_the_same_event_from_our_own_page_runs(gradio: TestClient, headers: dict[str, str]) -> None:
    answer = gradio.post("/gradio_api/run/echo", json=EVENT, headers=headers)
    assert answer.status_code == 200
    assert answer.json()["data"] == ["HELLO"]
    assert SEEN == ["hello"]


@by_name(FOREIGN)
def test_gradios_queue_and_upload_are_behind_the_same_doors(gradio: TestClient, headers: dict[str, str]) -> None:
    body = {"data": ["hello"], "fn_index": 0, "session_hash": "abc"}
    assert gradio.post("/gradio_api/queue/join", json=body, headers=headers).status_code == 403
    assert gradio.post("/gradio_api/upload", files={"files": b"x"}, headers=headers).status_code == 403


def test_our_page_joins_the_queue(gradio: TestClient) -> None:
    body = {"data": ["hello"], "fn_index": 0, "session_hash": "abc"}
    answer = gradio.post("/gradio_api/queue/join", json=body, headers=OURS["our page"])
    assert answer.status_code == 200
    assert answer.json()["event_id"]


def test_our_routes_win_over_gradios_and_its_page_takes_the_rest(gradio: TestClient) -> None:
    assert gradio.get("/api/projects").json() == []
    assert gradio.get("/api/nothing").json() == {"error": "There is nothing at this address."}
    assert "text/html" in gradio.get("/").headers["content-type"]


def test_the_real_pages_are_behind_the_doors(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        app = create_app(services_on(store), port=PORT)
        with TestClient(app, base_url=ADDRESS) as client:
            assert client.get("/", headers={"accept": "text/html"}).status_code == 200
            assert client.get("/", headers={"host": "evil.example"}).status_code == 403
            for path in ("/gradio_api/queue/join", "/gradio_api/upload", "/gradio_api/run/predict"):
                assert client.post(path, json={}, headers={"origin": "http://evil.example"}).status_code == 403
                assert client.post(path, json={}, headers={"origin": ADDRESS}).status_code != 403


@pytest.mark.parametrize("path", ["/gradio_api/run/status", "/gradio_api/call/status", "/gradio_api/queue/join"])
def test_an_event_of_the_real_app_runs_for_our_page_only(tmp_path: Path, path: str) -> None:
    event = {"data": [], "fn_index": 0, "session_hash": "abc"}
    with open_store(tmp_path) as store:
        app = create_app(services_on(store), port=PORT)
        with TestClient(app, base_url=ADDRESS) as client:
            assert client.post(path, json=event, headers={"origin": "http://evil.example"}).status_code == 403
            assert client.post(path, json=event, headers={"host": "evil.example"}).status_code == 403
            answer = client.post(path, json=event, headers={"origin": ADDRESS})
            assert answer.status_code == 200
            if path.endswith("run/status"):
                assert answer.json()["data"][0]["projects"] == []


METHODS: list[tuple[str, str]] = [
    ("POST", "/api/projects"),
    ("PATCH", "/api/projects/1"),
    ("DELETE", "/api/projects/1"),
    ("PUT", "/api/images/1/annotations"),
]


@pytest.mark.parametrize(("method", "path"), METHODS)
@by_name(FOREIGN)
def test_every_changing_method_of_ours_refuses_what_comes_from_elsewhere(
    gradio: TestClient, method: str, path: str, headers: dict[str, str]
) -> None:
    assert gradio.request(method, path, json={"name": "stolen"}, headers=headers).status_code == 403
    assert gradio.get("/api/projects").json() == []


def test_a_preflight_from_elsewhere_is_refused(gradio: TestClient) -> None:
    headers = {"origin": "http://evil.example", "access-control-request-method": "PUT"}
    answer = gradio.options("/api/images/1/annotations", headers=headers)
    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers


def test_following_a_link_from_another_site_opens_the_page(gradio: TestClient) -> None:
    headers = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    assert gradio.get("/", headers=headers).status_code == 200


def test_two_host_headers_are_refused(gradio: TestClient) -> None:
    pairs = [("host", f"127.0.0.1:{PORT}"), ("host", "evil.example")]
    assert gradio.get("/api/projects", headers=pairs).status_code == 403


def test_answers_keep_other_pages_out(gradio: TestClient) -> None:
    for path in ("/", "/api/projects", "/api/nothing"):
        headers = gradio.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["content-security-policy"] == PAGE_POLICY
        assert headers["cross-origin-resource-policy"] == "same-origin"
    assert gradio.post("/api/projects", headers={"origin": "null"}).headers["x-frame-options"] == "DENY"


async def hello(scope: Any, receive: Any, send: Any) -> None:
    assert scope["type"] == "websocket"
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.send", "text": "hello"})
    await send({"type": "websocket.close"})


def test_a_web_socket_needs_our_host_and_our_origin() -> None:
    client = TestClient(Doors(hello, hosts=OwnHosts(own_names("127.0.0.1"), PORT)), base_url=ADDRESS)
    ours = {"host": f"127.0.0.1:{PORT}", "origin": ADDRESS}
    with client.websocket_connect("/", headers=ours) as socket:
        assert socket.receive_text() == "hello"
    for foreign in ({"origin": "http://evil.example"}, {"host": f"evil.example:{PORT}"}):
        with (
            pytest.raises(WebSocketDisconnect),
            client.websocket_connect("/", headers={**ours, **foreign}),
        ):
            pass


@pytest.fixture
def with_login(tmp_path: Path) -> Iterator[tuple[TestClient, Callable[[], str]]]:
    add_user(tmp_path / "users.json", "ada", "correct horse")
    login = Login(AuthFile(tmp_path / "users.json"), b"k" * 32, "boxloop-7860")
    with serving(tmp_path / "workspace", login) as web:
        yield web.client, lambda: login.begin("ada")


CLOSED = [
    "/api/projects",
    "/api/projects/1/grid?begin=1",
    "/files/images/1/view",
    "/files/images/1/thumb",
    "/ui-assets/shared/api.js",
    assets.library().url("image_grid/ahead.js"),
    "/gradio_api/info",
    "/config",
]


@pytest.mark.parametrize("path", CLOSED)
def test_with_a_login_no_route_answers_a_stranger(with_login: tuple[TestClient, Callable[[], str]], path: str) -> None:
    client, _ = with_login
    answer = client.get(path)
    assert answer.status_code == 401
    assert answer.json() == {"error": "Please log in first."}
    assert client.post(path, json={}).status_code == 401


def test_a_stranger_who_opens_a_page_is_led_to_the_login_and_back(
    with_login: tuple[TestClient, Callable[[], str]],
) -> None:
    client, _ = with_login
    answer = client.get("/label?project=1&image=2", headers={"accept": "text/html"})
    assert answer.status_code == 303
    assert answer.headers["location"] == "/login?next=%2Flabel%3Fproject%3D1%26image%3D2"


def test_who_is_logged_in_comes_in_but_not_from_elsewhere(
    with_login: tuple[TestClient, Callable[[], str]],
) -> None:
    client, begin = with_login
    cookie = {"cookie": f"boxloop-7860={begin()}"}
    assert client.get("/api/projects", headers=cookie).status_code == 200
    assert client.post("/api/projects", json={"name": "a"}, headers=cookie).status_code == 201
    foreign = {**cookie, "origin": "http://evil.example"}
    assert client.post("/api/projects", json={"name": "b"}, headers=foreign).status_code == 403
