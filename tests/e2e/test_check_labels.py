"""Labels that look wrong: from a new model to a label put right in four acts; kept, skipped, undone, fixed on Label."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from threading import Event, Thread

import pytest
from playwright.sync_api import Page, Route, expect
from sqlalchemy import insert

from detector.advising.suspects import ErrorKind
from detector.domain import Box
from detector.runs import JobKind, RunState
from gui.queues.suspect_items import SuspectItem
from storage.clock import now
from storage.lookups import new_id
from storage.queues import CHECK
from storage.records import ImageState, Source, StoredBox
from storage.store import Store
from storage.tables import JobRow
from tests.e2e.label_page import WAIT_MS, upload_plain
from tests.e2e.running_server import RunningServer
from tests.e2e.seeded_workspace import add_model

pytestmark = pytest.mark.browser

HERE, THERE = Box(40, 60, 120, 150), Box(220, 80, 300, 170)
IMAGES = 10  # that are done: as many as a check needs
ACTS = 4  # at most, from a new model to a label put right


class Project:
    """Ten done images with a label each, a model, and four suspects that a check will find."""

    def __init__(self, server: RunningServer, store: Store) -> None:
        self.store = store
        self.id = store.projects.create(f"Checked {uuid.uuid4().hex[:6]}").id
        classes = store.classes.ensure(self.id, ["cell", "parasite"])
        self.cell, self.parasite = classes["cell"].id, classes["parasite"].id
        self.images = [upload_plain(server, self.id, number) for number in range(IMAGES)]
        for image in self.images:
            self.save(image, [StoredBox(str(uuid.uuid4()), self.cell, HERE, Source.PERSON)])
        store.projects.set_active_model(self.id, add_model(store, self.id, 90 + self.id, None))

    def save(self, image: int, boxes: list[StoredBox]) -> None:
        revision = self.store.annotations.get(image).revision
        key = str(uuid.uuid4())
        self.store.annotations.save(image, revision=revision, boxes=boxes, state=ImageState.DONE, key=key)

    def boxes(self, place: int) -> list[tuple[int, Box]]:
        return [(one.class_id, one.box) for one in self.store.annotations.get(self.images[place]).boxes]

    def check(self) -> None:
        """What the worker would leave behind."""
        ids = [self.store.annotations.get(image).boxes[0].id for image in self.images]
        mine = [{"class_id": self.cell, "box": HERE, "box_id": box_id} for box_id in ids]
        items = [
            SuspectItem(ErrorKind.CLASS, 0.95, **mine[0], other_class_id=self.parasite, other_box=HERE, score=0.97),
            SuspectItem(ErrorKind.MISSING, 0.9, other_class_id=self.cell, other_box=THERE, score=0.93),
            SuspectItem(ErrorKind.SPURIOUS, 0.6, **mine[2]),
            SuspectItem(ErrorKind.SIZE, 0.4, **mine[3]),
        ]
        details = {"suspects": 4, "expected": 2.85, "images": IMAGES, "boxes": IMAGES, "seen": 0.9}
        rows = [(self.images[place], item.to_json()) for place, item in enumerate(items)]
        self.store.queues.replace(self.id, CHECK, rows, details)


def running_check(store: Store, project: int) -> int:
    """A check that this process has; as a queued one a worker of the server might take it, or keep it waiting."""
    with store.database.transaction() as connection:
        moment = now(connection)
        times = {"created_at": moment, "started_at": moment, "beat_at": moment}
        row = {"project_id": project, "kind": JobKind.CHECK.value, "state": RunState.RUNNING.value, "attempts": 1}
        told = {"progress": {"fraction": 0.4}, "message": "Learning without a part of the images: 2 of 5."}
        done = connection.execute(insert(JobRow).values(**row, **times, **told, params={}, result={}, pid=os.getpid()))
        return new_id(done)


@pytest.fixture
def project(server: RunningServer, store: Store) -> Project:
    return Project(server, store)


@pytest.fixture
def checking(page: Page, project: Project, store: Store) -> Iterator[Callable[[], None]]:
    """The click on start gives the job to this process in place of a worker; the function ends it."""
    jobs: list[int] = []
    over = Event()

    def beat() -> None:
        while not over.wait(5):
            for job in jobs:
                store.jobs.beat(job, attempt=1)

    beating = Thread(target=beat)
    beating.start()

    def start(route: Route) -> None:
        if route.request.method != "POST":
            route.continue_()
            return
        jobs.append(running_check(store, project.id))
        answer = {"id": jobs[-1], "state": "running", "kind": "check", "message": "Starting.", "progress": {}}
        route.fulfill(status=202, json=answer)

    def finish() -> None:
        project.check()
        over.set()
        beating.join()
        store.jobs.finish(jobs[-1], RunState.SUCCEEDED, "4 places to look at among 10 labels.")

    page.route(f"**/api/projects/{project.id}/check", start)
    yield finish
    over.set()
    beating.join()
    page.unroute_all(behavior="wait")
    page.goto("about:blank")


def sentence(page: Page, text: str) -> None:
    expect(page.locator(".check-sentence")).to_have_text(text)


def test_from_a_new_model_to_a_label_put_right_and_all_that_can_be_said_of_a_suspect(
    page: Page, server: RunningServer, store: Store, project: Project, checking: Callable[[], None]
) -> None:
    acts = 0
    page.goto(f"{server.url}/models?project={project.id}")
    page.get_by_role("link", name="Evaluate").click()
    acts += 1
    page.get_by_role("link", name="Check labels").click()
    acts += 1
    expect(page.get_by_text("10 images that are done; takes about")).to_be_visible()
    page.get_by_role("button", name="Check labels").click()
    acts += 1
    expect(page.get_by_text("Learning without a part of the images: 2 of 5.")).to_be_visible()
    checking()
    sentence(page, "The label says cell, and the model sees a parasite with 0.97.")
    page.keyboard.press("e")
    acts += 1
    # the next one is shown at once; what was said is saved meanwhile
    sentence(page, "The model sees a cell here with 0.93, and no label stands here.")
    expect(page.locator(".check-progress")).to_contain_text(
        "1 of 4 dealt with. Of the 3 left, about 2 are expected to be wrong."
    )
    saved(page, project, 0, [(project.parasite, HERE)])
    assert acts <= ACTS

    page.keyboard.press("z")  # back, and again
    sentence(page, "The label says cell, and the model sees a parasite with 0.97.")
    saved(page, project, 0, [(project.cell, HERE)])
    page.keyboard.press("e")
    saved(page, project, 0, [(project.parasite, HERE)])

    sentence(page, "The model sees a cell here with 0.93, and no label stands here.")
    with page.expect_response(lambda answer: "/kept" in answer.url and answer.status == 201):
        page.get_by_role("button", name="Right without one").click()
    sentence(page, "The label says cell, and the model sees nothing here.")
    page.keyboard.press("s")
    sentence(page, "This cell has another size or shape than nearly all others.")

    page.get_by_label("Kind").select_option(label="Nothing there")
    sentence(page, "The label says cell, and the model sees nothing here.")
    page.keyboard.press("f")  # on the Label page, with the box in sight
    page.wait_for_url(f"**/label?*image={project.images[2]}*")
    page.wait_for_function("() => window.boxloop?.canvas?.selection", timeout=WAIT_MS)
    page.keyboard.press("Delete")
    page.wait_for_function("() => window.boxloop.canvas.boxes.length === 0")
    page.wait_for_function("() => window.boxloop.canvas.saved.state === 'saved'")
    project.save(project.images[2], [])  # "nothing here" is for the person to say; then it is done again
    page.go_back()
    page.wait_for_url("**/evaluate?*kind=spurious*")
    expect(page.get_by_text("Nothing is left with this filter; 1 other is.")).to_be_visible()
    page.get_by_role("button", name="Show all").click()
    sentence(page, "This cell has another size or shape than nearly all others.")
    # somebody else changes that label: it is left alone, and that is said
    project.save(project.images[3], [StoredBox(str(uuid.uuid4()), project.cell, THERE, Source.PERSON)])
    page.keyboard.press("e")
    expect(page.get_by_text("This label has been changed or removed meanwhile.")).to_be_visible()
    assert project.boxes(3) == [(project.cell, THERE)]
    page.reload()
    expect(page.get_by_text("All 4 places are dealt with.")).to_be_visible()
    assert [one.kind for one in store.kept_labels.of_images([project.images[1]])[project.images[1]]] == ["missing"]
    assert project.boxes(1) == [(project.cell, HERE)]


def saved(page: Page, project: Project, place: int, expected: list[tuple[int, Box]]) -> None:
    """Wait until an image's labels are these."""
    image = project.images[place]
    labels = [[class_id, *box.as_tuple()] for class_id, box in expected]
    page.wait_for_function(
        """async ([image, labels]) => {
            const { annotations } = await (await fetch(`/api/images/${image}`)).json();
            const there = annotations.map((one) => [one.class_id, one.x1, one.y1, one.x2, one.y2]);
            return JSON.stringify(there) === JSON.stringify(labels);
        }""",
        arg=[image, labels],
    )
