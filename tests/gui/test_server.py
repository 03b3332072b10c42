"""The application as a whole: what it serves beside the rooms, how it tends the queue, and that torch stays out."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from gui import assets
from gui.server import create_app
from storage.errors import DatabaseBusy
from tests.gui.labelled_project import open_store
from tests.gui.web import ADDRESS, PORT, Web, no_pages, services_on, serving

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    with serving(tmp_path, max_upload_bytes=100_000) as opened:
        yield opened


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_an_address_that_is_none_of_ours_is_told_in_our_words(web: Web, method: str) -> None:
    answer = web.client.request(method, "/api/nothing/here")
    assert answer.status_code == 404
    assert answer.json() == {"error": "There is nothing at this address."}


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json"])
def test_no_page_that_loads_scripts_from_elsewhere_is_served(web: Web, path: str) -> None:
    assert web.client.get(path).status_code == 404


def test_scripts_come_with_their_type_and_are_kept_for_ever_below_the_digest(web: Web) -> None:
    answer = web.client.get(assets.library().url("shared/api.js"))
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
    assert answer.content == (assets.FOLDER / "shared/api.js").read_bytes()


@pytest.mark.parametrize("path", ["/ui-assets/shared/api.js", "/ui-assets/000000000000/shared/api.js"])
def test_a_script_that_is_asked_for_by_no_digest_or_an_old_one_is_asked_for_again(web: Web, path: str) -> None:
    answer = web.client.get(path)
    assert answer.headers["cache-control"] == "no-cache"
    again = web.client.get(path, headers={"if-none-match": answer.headers["etag"]})
    assert again.status_code == 304
    assert again.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "path", ["top_bar.py", "__init__.py", "../settings.py", "..%2Fsettings.py", "%2e%2e/login.css", "shared", "none.js"]
)
def test_nothing_but_scripts_styles_and_drawings_of_components_is_served(web: Web, path: str) -> None:
    assert web.client.get(f"/ui-assets/{path}").status_code == 404
    assert web.client.get(assets.library().url(path)).status_code == 404


def test_a_message_has_a_limit_and_an_upload_its_own(web: Web) -> None:
    assert web.client.post("/api/projects", content=b" " * (16 * 2**20 + 1)).status_code == 413
    web.client.post("/api/projects", json={"name": "a"})
    large = {"file": ("a.png", b"x" * 200_000)}
    answer = web.client.post("/api/projects/1/upload", files=large)
    assert answer.status_code == 413
    assert "larger than the 162 KB" in answer.json()["error"]
    assert web.client.post("/api/projects/1/upload", files={"file": ("a.png", b"x" * 90_000)}).status_code == 200


def test_while_it_serves_the_queue_is_tended_and_a_failure_does_not_end_that(tmp_path: Path) -> None:
    rounds = threading.Semaphore(0)

    def tend() -> None:
        rounds.release()
        raise DatabaseBusy("another process has been writing for too long")

    with open_store(tmp_path) as store:
        services = services_on(store)
        services.tend = tend  # type: ignore[method-assign]
        app = create_app(services, port=PORT, mount=no_pages)
        with TestClient(app, base_url=ADDRESS) as client:
            assert rounds.acquire(timeout=30)
            assert rounds.acquire(timeout=30)
            assert client.get("/api/projects").status_code == 200


def test_the_server_with_all_its_pages_loads_no_torch(tmp_path: Path) -> None:
    script = (
        "import pathlib, sys\n"
        "from fastapi.testclient import TestClient\n"
        "from gui.server import create_app\n"
        "from tests.gui.labelled_project import labelled_project, open_store\n"
        "from tests.gui.web import ADDRESS, services_on\n"
        "with open_store(pathlib.Path(sys.argv[1])) as store:\n"
        "    labelled_project(store)\n"
        "    with TestClient(create_app(services_on(store), port=7860), base_url=ADDRESS) as client:\n"
        "        for path in ('/', '/label', '/api/projects/1', '/api/projects/1/plan'):\n"
        "            assert client.get(path).status_code == 200, path\n"
        "        assert client.get('/api/projects/1/evaluation').status_code == 409\n"
        "assert 'gradio' in sys.modules\n"
        "print(sorted(name for name in sys.modules if name.partition('.')[0] in ('torch', 'torchvision', 'timm')))\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() == "[]"
