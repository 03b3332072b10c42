from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text

from storage.annotations import AnnotationStore
from storage.engine import open_database
from storage.errors import DatabaseBusy, DiskFull, NameTaken, StorageError
from storage.image_pages import ImagePages
from storage.images import ImageStore
from storage.projects import ProjectStore
from storage.records import Project
from storage.store import Store
from storage.workspace import Workspace
from tests.storage.samples import a_box, add_image, add_images, new_image, save

ROOT = Path(__file__).parents[2]


def pragma(store: Store, name: str) -> object:
    with store.database.reading() as connection:
        return connection.exec_driver_sql(f"PRAGMA {name}").scalar()


def test_every_connection_is_set_up_to_lose_nothing(store: Store) -> None:
    assert pragma(store, "journal_mode") == "wal"
    assert pragma(store, "synchronous") == 2  # FULL
    assert pragma(store, "foreign_keys") == 1
    assert pragma(store, "busy_timeout") == 20_000


def test_a_transaction_is_all_or_nothing(store: Store, project: Project) -> None:
    with pytest.raises(RuntimeError), store.database.transaction() as connection:
        connection.execute(text("UPDATE projects SET name = 'half'"))
        raise RuntimeError("in the middle")
    assert store.projects.get(project.id).name == project.name
    assert store.projects.rename(project.id, "whole").name == "whole"


def test_errors_of_the_database_become_ours(store: Store, project: Project) -> None:
    for statement in ("INSERT INTO classes SELECT 1, 99, 'x', '#000000', 0", "SELECT * FROM nowhere"):
        with pytest.raises(StorageError, match="the database refused this"), store.database.transaction() as connection:
            connection.execute(text(statement))


def test_a_reader_never_waits_for_the_writer_and_sees_one_state(store: Store, project: Project) -> None:
    with store.database.transaction() as connection:
        connection.execute(text("UPDATE projects SET name = 'later'"))
        with Store(store.workspace) as other:
            assert other.projects.get(project.id).name == project.name
    assert store.projects.get(project.id).name == "later"


def test_a_second_writer_waits_for_the_first(store: Store, project: Project) -> None:
    begun, names = threading.Event(), []

    def rename() -> None:
        begun.set()
        names.append(store.projects.rename(project.id, "second").name)

    with store.database.transaction() as connection:
        connection.execute(text("UPDATE projects SET name = 'first'"))
        thread = threading.Thread(target=rename)
        thread.start()
        assert begun.wait(10)
        thread.join(0.2)
        assert names == []
    thread.join(10)
    assert names == ["second"]
    assert store.projects.get(project.id).name == "second"


def test_a_writer_that_waits_too_long_is_told(store: Store, project: Project) -> None:
    hasty = open_database(store.workspace, busy_seconds=0.05)
    try:
        with store.database.transaction(), pytest.raises(DatabaseBusy, match="try again"):
            ProjectStore(hasty).rename(project.id, "hasty")
        assert ProjectStore(hasty).rename(project.id, "patient").name == "patient"
    finally:
        hasty.close()


def test_a_writer_that_waits_too_long_for_another_thread_is_told(store: Store, project: Project) -> None:
    hasty = open_database(store.workspace, busy_seconds=0.05)
    errors: list[Exception] = []

    def rename() -> None:
        try:
            ProjectStore(hasty).rename(project.id, "hasty")
        except StorageError as error:
            errors.append(error)

    with hasty.transaction():
        thread = threading.Thread(target=rename)
        thread.start()
        thread.join()
    assert [type(error) for error in errors] == [DatabaseBusy]
    rename()
    assert store.projects.get(project.id).name == "hasty"
    hasty.close()


def test_a_writer_goes_on_once_another_process_has_done(store: Store, project: Project) -> None:
    with Store(store.workspace) as other:  # connections of its own, as those of a worker
        waiting = threading.Event()

        def rename() -> None:
            waiting.set()
            other.projects.rename(project.id, "second")

        thread = threading.Thread(target=rename)
        with store.database.transaction() as connection:
            connection.execute(text("UPDATE projects SET name = 'first'"))
            thread.start()
            assert waiting.wait(60)
            thread.join(0.05)
        thread.join(60)
        assert other.projects.get(project.id).name == "second"
        with other.database.reading() as connection:
            assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 20_000


def test_many_threads_read_and_write_at_once(store: Store, project: Project) -> None:
    cell = store.classes.add(project.id, "cell")
    images = add_images(store, project.id, 12)
    errors: list[Exception] = []

    def work(image_id: int) -> None:
        try:
            for _ in range(10):
                save(store, image_id, [a_box(cell.id)])
                store.images.page(project.id)
        except StorageError as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(image.id,)) for image in images]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert {image.revision for image in store.images.page(project.id).items} == {10}


def test_a_full_disk_loses_nothing_that_was_saved(store: Store, project: Project) -> None:
    cell = store.classes.add(project.id, "cell")
    image = add_image(store, project.id)
    limit = {"pages": int(str(pragma(store, "page_count"))) + 4}

    @event.listens_for(store.database.engine, "checkout")
    def restrict(connection: Any, _record: Any, _proxy: Any) -> None:
        connection.execute(f"PRAGMA max_page_count = {limit['pages']}").close()

    saved = store.annotations.get(image.id)
    with pytest.raises(DiskFull, match="what was saved before is safe"):
        for n in range(1000):
            boxes = [a_box(cell.id, k) for k in range(20)]
            saved = store.annotations.save(image.id, revision=n, boxes=boxes, state=None, key=str(n))

    assert saved.revision > 0
    assert store.annotations.get(image.id) == saved
    assert len(store.annotations.history(image.id)) == saved.revision
    with pytest.raises(DiskFull):
        store.images.add_many(project.id, [new_image(n) for n in range(1, 2000)])
    assert store.images.ids(project.id) == [image.id]

    limit["pages"] = 1_000_000  # somebody made room
    again = save(store, image.id, list(saved.boxes[:1]))
    assert again.revision == saved.revision + 1
    assert pragma(store, "integrity_check") == "ok"


CHILD = """
import sys
from pathlib import Path
from detector.domain import Box
from sqlalchemy import text
from storage.records import StoredBox
from storage.store import Store
from storage.workspace import Workspace

store = Store(Workspace(Path(sys.argv[1])))
image_id, class_id = int(sys.argv[2]), int(sys.argv[3])
for n in range(5):
    box = StoredBox(f"box {n}", class_id, Box(n, n, n + 0.5, n + 0.25))
    store.annotations.save(image_id, revision=n, boxes=[box], state=None, key=f"key {n}")
print("saved", flush=True)
with store.database.transaction() as connection:
    connection.execute(text("DELETE FROM annotations"))
    print("in the middle", flush=True)
    sys.stdin.read()
"""


def test_what_was_saved_outlives_kill_9_and_what_was_not_leaves_no_trace(store: Store, project: Project) -> None:
    cell = store.classes.add(project.id, "cell")
    image = add_image(store, project.id)
    command = [sys.executable, "-c", CHILD, str(store.workspace.root), str(image.id), str(cell.id)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert [child.stdout.readline(), child.stdout.readline()] == ["saved\n", "in the middle\n"]
        child.kill()
        child.wait(30)

    standing = store.annotations.get(image.id)
    assert (standing.revision, [box.id for box in standing.boxes]) == (5, ["box 4"])
    assert standing.boxes[0].box.as_tuple() == (4.0, 4.0, 4.5, 4.25)
    assert save(store, image.id, []).revision == 6  # its lock died with it


def test_what_several_stores_do_together_is_written_as_a_whole_or_not_at_all(store: Store, project: Project) -> None:
    def names() -> list[str]:
        return [one.name for one in store.classes.list(project.id)]

    with pytest.raises(RuntimeError), store.database.together():
        cell = store.classes.add(project.id, "cell")
        save(store, add_image(store, project.id).id, [a_box(cell.id)])
        assert names() == ["cell"], "what was done is seen within"
        raise RuntimeError("power cut")
    assert names() == [] and store.images.page(project.id).total == 0
    with store.database.together(), store.database.together():
        store.classes.add(project.id, "cell")
        with pytest.raises(NameTaken):
            store.classes.add(project.id, "cell")  # taken back by itself, the rest stands
        store.classes.add(project.id, "ring")
    assert names() == ["cell", "ring"]


def test_others_see_nothing_of_what_is_done_together_before_its_end(store: Store, project: Project) -> None:
    seen: list[int] = []
    with store.database.together():
        store.classes.add(project.id, "cell")
        reader = threading.Thread(target=lambda: seen.append(len(store.classes.list(project.id))))
        reader.start()
        reader.join()
    assert seen == [0]


def test_what_several_stores_read_together_is_one_state(store: Store, project: Project) -> None:
    def somebody_adds(name: str) -> None:
        with ThreadPoolExecutor(1) as somebody:
            somebody.submit(store.classes.add, project.id, name).result()

    with store.database.reading_together():
        assert store.classes.list(project.id) == []
        somebody_adds("cell")
        assert store.classes.list(project.id) == [] and store.classes.successors(project.id) == {}
        with pytest.raises(RuntimeError, match="only be read"):
            store.classes.add(project.id, "ghost")
    assert [one.name for one in store.classes.list(project.id)] == ["cell"]
    store.classes.add(project.id, "ghost")


def test_a_closed_database_leaves_one_file(workspace: Workspace) -> None:
    database = open_database(workspace)
    ImageStore(database, ImagePages(database)), AnnotationStore(database)
    ProjectStore(database).create("p")
    database.close()
    assert [path.name for path in workspace.root.iterdir() if path.is_file()] == [workspace.database.name]
