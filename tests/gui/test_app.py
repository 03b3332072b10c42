"""The pages as the server hands them out: each at its address, in our look, asking nothing of any other site."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape
from typing import cast

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from gui import assets
from gui.app import PAGES, build_app, mount
from gui.services import Services

# Building pages reads nothing: what they show comes from the JSON routes once they are open.
NO_SERVICES = cast(Services, object())
LOADED = re.compile(r"<(?:script|link|img|iframe)[^>]*?(?:src|href)=[\"']([^\"']+)|url\(['\"]?([^'\")]+)")


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    app = FastAPI()

    @app.get("/api/answer")
    def answer() -> dict[str, str]:
        return {"text": "<head></head>"}

    with TestClient(mount(app, NO_SERVICES)) as opened:
        yield opened


def head_of(client: TestClient, path: str) -> str:
    return client.get(f"/{path}").text.partition("</head>")[0]


def test_the_pages_stand_in_the_order_of_the_work() -> None:
    assert [page.path for page in PAGES] == ["", "images", "label", "train", "predictions", "evaluate", "models"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_page_answers_at_its_address_with_its_own_top_bar(client: TestClient, page: object) -> None:
    shown = next(one for one in PAGES if one is page)
    answer = client.get(f"/{shown.path}")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    config = answer.text.replace(" ", "")
    assert f'"page":"{shown.path or "projects"}"' in config
    assert f'"current_page":"{shown.path}"' in config


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_loads_nothing_from_another_site(client: TestClient, page: object) -> None:
    path = next(one for one in PAGES if one is page).path
    loaded = ["".join(found) for found in LOADED.findall(head_of(client, path))]
    assert assets.library().url("shared/boot.js") in loaded
    assert all(address.startswith(("/", "./", "data:")) and not address.startswith("//") for address in loaded)


def test_the_theme_fetches_no_fonts(client: TestClient) -> None:
    config = client.get("/config").json()
    assert config["stylesheets"] == []
    assert "@font-face" not in client.get("/theme.css").text


def test_nothing_is_reported_and_nothing_advertises_the_framework(client: TestClient) -> None:
    assert build_app(NO_SERVICES).analytics_enabled is False
    config = client.get("/config").json()
    assert config["footer_links"] == []
    assert all(not in_bar for path, name, in_bar in config["pages"] if path)
    assert "og:" not in head_of(client, "")


def test_the_length_of_a_rewritten_page_is_told_as_it_is(client: TestClient) -> None:
    answer = client.get("/images")
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert answer.headers["cache-control"] == "no-cache"


def test_the_theme_may_be_kept_for_ever_because_its_address_changes_with_it(client: TestClient) -> None:
    address = re.search(r'href="(/ui-theme\.css\?v=[0-9a-f]{12})"', head_of(client, ""))
    assert address is not None
    answer = client.get(address[1])
    assert answer.headers["content-type"].startswith("text/css")
    assert "immutable" in answer.headers["cache-control"]
    assert "--bl-accent:" in answer.text


def test_only_the_images_page_is_there_before_the_framework_and_with_the_parts_that_it_has_in_it(
    client: TestClient,
) -> None:
    assert [page.path for page in PAGES if 'id="bl-ahead"' in client.get(f"/{page.path}").text] == ["images"]
    text = client.get("/images").text
    places = re.findall(r'data-module="(\w+)" data-props="([^"]*)"', text)
    ahead = [(name, json.loads(unescape(props))) for name, props in places]
    parts = [one["props"] for one in client.get("/config").json()["components"] if one["type"] == "html"]
    mounted = [(re.search(r"settle\('(\w+)'", one["js_on_load"]), one["props"]) for one in parts]
    inside = [(found[1], props) for found, props in mounted if found]
    start = inside.index(ahead[0])
    assert inside[start : start + len(ahead)] == ahead


def test_all_scripts_of_the_images_page_are_asked_for_at_once_and_its_framework_waits(client: TestClient) -> None:
    text = client.get("/images").text
    ours = assets.library()
    needed = ours.needed_by(["shared/early.js", "top_bar/main.js", "image_grid/main.js"])
    assert all(f'<link rel="modulepreload" href="{ours.url(name)}">' in text for name in needed)
    assert '<script type="module" crossorigin src="./assets/' not in text
    assert "boxloopBegin" in text and "./assets/index-" in text


def test_answers_that_are_no_pages_pass_unchanged(client: TestClient) -> None:
    assert client.get("/api/answer").json() == {"text": "<head></head>"}
