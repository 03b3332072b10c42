"""Several people label one project, each in a browser of their own: who is where, whose version stays, who may what."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from gui.auth_file import add_user
from gui.roles import Role
from storage.store import Store
from storage.workspace import Workspace
from tests.e2e.label_page import WAIT_MS, LabelPage, upload_plain, with_class
from tests.e2e.running_server import RunningServer
from tests.e2e.seeded_workspace import BROWSER_ARGS
from tests.install_browser import find_browser

pytestmark = pytest.mark.browser
PASSWORD = "correct horse"
PEOPLE = {"ada": Role.OWNER, "grace": Role.LABELLER, "vic": Role.VIEWER}
BOX = {"id": "shared", "x1": 50, "y1": 50, "x2": 150, "y2": 120}

Team = Callable[..., tuple[list[LabelPage], list[int]]]
"""Makes a project with a class and so many plain images; the Label page of each person named, and the images."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    folder = tmp_path_factory.mktemp("people")
    for name, role in PEOPLE.items():
        add_user(folder / "users.json", name, PASSWORD, role)
    options = ("--auth-file", str(folder / "users.json"), "--no-browser", "--no-background-features")
    running = RunningServer(folder / "workspace", *options)
    running.api.headers["accept"] = "text/html"
    running.api.follow_redirects = True  # its sign of life is a page, which is the login's here
    running.start()
    running.api.headers["accept"] = "application/json"
    log_in(running, running.api)
    yield running
    running.close()


def log_in(server: RunningServer, client: Any, name: str = "ada") -> None:
    """A session of an HTTP client of Python's."""
    assert client.post(f"{server.url}/login", data={"name": name, "password": PASSWORD}).status_code == 200


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=find_browser(), args=BROWSER_ARGS)
        yield opened
        opened.close()


@pytest.fixture
def team(server: RunningServer, browser: Browser) -> Iterator[Team]:
    contexts = []
    faults: list[str] = []

    def gather(*names: str, images: int) -> tuple[list[LabelPage], list[int]]:
        known = server.api.get("/api/projects").json()
        project = server.api.post("/api/projects", json={"name": f"Shared {len(known)}"}).json()["id"]
        ids = [upload_plain(server, project, number) for number in range(images)]
        pages = []
        for name in names:
            context = browser.new_context(viewport={"width": 1280, "height": 800})
            contexts.append(context)
            form = {"name": name, "password": PASSWORD}
            assert context.request.post(f"{server.url}/login", form=form).ok
            page = context.new_page()
            page.on("pageerror", lambda error: faults.append(str(error)))
            pages.append(LabelPage(page, server, project))
        with_class(pages[0], "coin")
        return pages, ids

    yield gather
    for context in contexts:
        context.close()
    assert faults == []


def class_of(label: LabelPage) -> int:
    [only] = label.server.api.get(f"/api/projects/{label.project}").json()["classes"]
    class_id: int = only["id"]
    return class_id


def save_first(label: LabelPage, image: int) -> None:
    """The image has one box, by whoever is logged in at the server's own client (ada)."""
    boxes = [BOX | {"class_id": class_of(label)}]
    body = {"revision": 0, "boxes": boxes, "state": "in_progress", "key": f"first {image}"}
    assert label.server.api.put(f"/api/images/{image}/annotations", json=body).status_code == 200


def hear_nothing_of_others(label: LabelPage) -> None:
    """From now on the page is not told of what others save."""
    label.page.route("**/api/pulse**", lambda route: route.abort())


def history(label: LabelPage, image: int) -> list[tuple[str, list[float]]]:
    """Who saved each revision, and the left edges of its boxes; the first one first."""
    with Store(Workspace(label.server.workspace)) as store:
        return [(entry.author, [box.box.x1 for box in entry.boxes]) for entry in store.annotations.history(image)]


def test_each_sees_at_which_image_the_others_are(team: Team) -> None:
    (ada, grace), images = team("ada", "grace", images=3)
    ada.open(images[0])
    grace.open(images[0])
    company = ada.page.locator(".bc-company")
    expect(company).to_contain_text("grace is at this image too. Nothing gets overwritten.", timeout=WAIT_MS)
    expect(grace.page.locator(".bc-company")).to_contain_text("ada is at this image too", timeout=WAIT_MS)
    grace.press("d")
    grace.until(f"boxloop.canvas.imageId === {images[1]}")
    expect(company).to_be_hidden(timeout=WAIT_MS)
    mark = ada.page.locator(f'.bc-thumb[data-image="{images[1]}"] .bl-people')
    expect(mark).to_have_attribute("aria-label", "grace has this image open", timeout=WAIT_MS)
    grace.page.goto("about:blank")
    expect(mark).to_have_count(0, timeout=WAIT_MS)


def test_what_one_saves_is_shown_to_the_other_without_a_reload(team: Team) -> None:
    (ada, grace), (image,) = team("ada", "grace", images=1)
    ada.open(image)
    grace.open(image)
    grace.drag((50, 50), (150, 120))
    grace.until_saved()
    ada.until("boxloop.canvas.boxes.length === 1")
    assert ada.rects() == [(50, 50, 150, 120)]


def test_changes_of_two_that_do_not_touch_are_put_together_and_the_other_is_named(team: Team) -> None:
    (ada, grace), (image,) = team("ada", "grace", images=1)
    ada.open(image)
    hear_nothing_of_others(ada)
    grace.open(image)
    grace.drag((200, 150), (300, 250))
    grace.until_saved()
    ada.drag((50, 50), (150, 120))
    said = ada.page.locator(".bl-toast").filter(has_text="meanwhile")
    expect(said).to_contain_text("grace changed “plain 0.png” meanwhile: 1 change to boxes taken over beside yours")
    ada.until_saved()
    assert sorted(ada.rects()) == [(50, 50, 150, 120), (200, 150, 300, 250)]
    assert [author for author, _ in history(ada, image)] == ["grace", "ada"]


@pytest.mark.parametrize(("key", "stays"), [("m", 60), ("t", 45), ("b", 60)])
def test_a_stale_save_shows_both_versions_and_one_key_decides(team: Team, key: str, stays: int) -> None:
    (ada, grace), (image,) = team("ada", "grace", images=1)
    save_first(ada, image)
    ada.open(image)
    hear_nothing_of_others(ada)
    grace.open(image)
    for label, nudges in ((grace, ["ArrowLeft"] * 5), (ada, ["Shift+ArrowRight"])):
        label.click(50, 80)
        label.press(*nudges)
        if label is grace:
            grace.until("boxloop.canvas.saved.waiting === 0 && boxloop.canvas.boxes[0].x1 === 45")
    dialog = ada.page.get_by_role("dialog")
    expect(dialog).to_contain_text("grace saved it after you opened it", timeout=WAIT_MS)
    titles = dialog.locator("figcaption strong")
    expect(titles).to_have_text(["Yours, not saved", "grace’s, saved", "Merged"])
    assert history(ada, image)[-1] == ("grace", [45]), "nothing is written before somebody has chosen"
    ada.press(key)
    ada.until(f"boxloop.canvas.saved.waiting === 0 && boxloop.canvas.boxes[0].x1 === {stays}")
    last = ("grace", [45]) if key == "t" else ("ada", [60])
    assert history(ada, image)[-1] == last
    grace.until(f"boxloop.canvas.boxes[0].x1 === {stays}")


def test_two_who_ask_for_the_next_free_image_never_get_the_same(team: Team) -> None:
    (ada, grace), images = team("ada", "grace", images=7)
    ada.open(images[0])
    grace.open(images[1])
    opened: dict[LabelPage, list[int]] = {ada: [images[0]], grace: [images[1]]}
    for label in opened:
        expect(label.page.get_by_role("button", name="Next free")).to_be_visible(timeout=WAIT_MS)
    nothing_left = "Every image is labelled, or somebody is at it."
    at_work = [ada, grace]
    while at_work:
        label = at_work.pop(0)
        before = opened[label][-1]
        label.press("Enter")
        said = f"[...document.querySelectorAll('.bl-toast')].some((one) => one.textContent.includes('{nothing_left}'))"
        label.until(f"boxloop.canvas.imageId !== {before} || {said}")
        label.until("boxloop.canvas.saved.waiting === 0")
        if label.read("imageId") != before:
            opened[label].append(label.read("imageId"))
            at_work.append(label)
    assert sorted(opened[ada] + opened[grace]) == images, "each image once, to one of them"
    assert min(len(seen) for seen in opened.values()) > 1
    for label, name in ((ada, "ada"), (grace, "grace")):
        assert [history(label, image)[-1][0] for image in opened[label]] == [name] * len(opened[label])


def test_a_viewer_looks_and_changes_nothing(team: Team) -> None:
    (_, vic), (image,) = team("ada", "vic", images=1)
    save_first(vic, image)
    vic.open(image)
    vic.expect_status("View only")
    vic.drag((200, 150), (300, 250))
    toast = vic.page.locator(".bl-toast").filter(has_text="You may look here, but not change anything.")
    expect(toast.first).to_be_visible()
    vic.click(50, 80)
    vic.press("Delete", "Enter", "n")
    assert vic.rects() == [(50, 50, 150, 120)]
    for name in ("Done", "Nothing here"):
        expect(vic.page.locator(".bc-bar-line").get_by_role("button", name=name)).to_have_count(0)
    expect(vic.page.get_by_role("combobox", name="State of this image")).to_be_disabled()
    body = {"revision": 1, "boxes": [], "state": "done", "key": "by hand"}
    refused = vic.page.request.put(f"{vic.url}/api/images/{image}/annotations", data=body)
    assert refused.status == 403
    assert history(vic, image) == [("ada", [50])]


def test_a_viewer_sees_tags_but_cannot_change_them(team: Team) -> None:
    (_, vic), (image,) = team("ada", "vic", images=1)
    vic.server.api.put(f"/api/images/{image}/tags", json={"names": ["night"]}).raise_for_status()
    vic.open(image)
    expect(vic.page.get_by_role("list", name="Tags of this image").get_by_role("listitem")).to_have_text(["night"])
    expect(vic.page.get_by_role("button", name="Take the tag")).to_have_count(0)
    expect(vic.page.get_by_role("button", name="Tag", exact=True)).to_have_count(0)
    vic.press("i")
    toast = vic.page.locator(".bl-toast").filter(has_text="You may look here, but not change anything.")
    expect(toast.first).to_be_visible()
    expect(vic.page.get_by_role("combobox", name="Tag")).to_have_count(0)


def test_a_comment_is_answered_and_resolved_by_another_and_stays_its_authors(team: Team) -> None:
    (ada, grace), images = team("ada", "grace", images=2)
    ada.open(images[0])
    ada.press("k")
    ada.page.get_by_label("New comment").fill("One coin or two?")
    ada.press("Control+Enter")
    said = ada.page.locator(".bc-comment")
    expect(said).to_have_count(1)
    grace.open(images[0])
    expect(grace.page.locator(".bc-badge")).to_have_text("1")
    grace.press("k")
    comment = grace.page.locator(".bc-comment").first
    expect(comment).to_contain_text("ada")
    expect(comment).to_contain_text("One coin or two?")
    expect(comment.get_by_role("button")).to_have_text(["Resolve"])
    grace.page.get_by_label("New comment").fill("Two.")
    grace.press("Control+Enter")
    expect(grace.page.locator(".bc-comment")).to_have_count(2)
    comment.get_by_role("button", name="Resolve").click()
    expect(grace.page.locator(".bc-badge")).to_have_text("1")
    ada.page.reload()
    ada.until(f"boxloop?.canvas?.imageId === {images[0]}")
    expect(ada.page.locator(".bc-badge")).to_have_text("1")
    ada.press("k")
    expect(said.first).to_have_class("bc-comment resolved")
    expect(said.nth(1)).to_contain_text("grace")
    ada.page.get_by_role("button", name="Image after").click()
    ada.until(f"boxloop.canvas.imageId === {images[1]}")
    expect(ada.page.locator(".bc-badge")).to_be_hidden()
