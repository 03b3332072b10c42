from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from detector.domain import Box
from detector.runs import RunState
from storage import schema
from storage.errors import SchemaTooNew, StorageError
from storage.records import ImageState, Project, Source
from storage.store import Store
from storage.tables import Base
from storage.workspace import Workspace
from tests.storage.samples import a_box, add_image, save

ROOT = Path(__file__).parents[2]
V1 = Path(__file__).parent / "assets" / "v1.db"

NEWEST, IMAGINED = schema.newest_version(), "9000"

NEXT = """
from alembic import op
import sqlalchemy as sa
revision, down_revision, branch_labels, depends_on = "9000", "{newest}", None, None

def upgrade():
    with op.batch_alter_table("images") as table:  # builds the table anew, under the feet of the annotations
        table.add_column(sa.Column("mood", sa.String(), nullable=False, server_default="calm"))
    {last}
"""


@pytest.fixture
def next_migrations(tmp_path: Path) -> Path:
    """The migrations of an imagined next version."""
    folder = tmp_path / "next 100%"
    shutil.copytree(ROOT / "storage" / "migrations", folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / "v9000_next.py").write_text(NEXT.format(newest=NEWEST, last="pass"), "utf-8")
    return folder


def versions_of(path: Path) -> list[tuple[str]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT version_num FROM alembic_version").fetchall()


def test_the_migrations_make_what_the_tables_say(store: Store) -> None:
    with store.database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
        found = inspect(connection)
        for table in Base.metadata.sorted_tables:
            declared = {(i.name, tuple(c.name for c in i.columns), bool(i.unique)) for i in table.indexes}
            made = {(i["name"], tuple(i["column_names"]), bool(i["unique"])) for i in found.get_indexes(table.name)}
            assert made == declared, table.name
            wanted = sorted(tuple(k.column_keys) for k in table.foreign_key_constraints)
            assert sorted(tuple(k["constrained_columns"]) for k in found.get_foreign_keys(table.name)) == wanted


def test_a_database_of_schema_1_is_opened_with_all_its_rows(workspace: Workspace) -> None:
    workspace.create()
    shutil.copyfile(V1, workspace.database)
    with Store(workspace) as store:
        [project] = store.projects.list()
        assert project.name == "Blutzellen 細胞"
        assert [p.name for p in store.projects.list(deleted=True)] == ["Gone"]
        red, white = store.classes.list(project.id)
        assert [(c.name, c.boxes) for c in (red, white)] == [("red", 2), ("weiß", 1)]
        images = store.images.page(project.id).items
        assert len(images) == 5 and store.images.page(project.id, deleted=True).total == 1
        standing = store.annotations.get(images[0].id)
        assert (standing.revision, standing.state) == (2, ImageState.DONE)
        assert standing.boxes[0].box == Box(0.1, 1 / 3, 100.7, 200.9)
        assert (standing.boxes[1].source, standing.boxes[1].score) == (Source.MODEL, 0.875)
        newest = store.annotations.history(images[0].id)[-1]
        assert (newest.author, images[0].saved_by, images[0].saved_at) == ("Ada", "Ada", newest.saved_at)
        [model] = store.models.list(project.id)
        assert project.active_model_id == model.id
        found = store.predictions.get(model.id, images[0].id)
        assert found is not None and found.limit_reached and found.predictions[0].box == Box(1, 2, 3, 4)
        with store.database.reading() as connection:
            assert list(connection.exec_driver_sql("SELECT best FROM predictions")) == [(found.predictions[0].score,)]
        assert sum(store.predictions.histogram(model.id)[red.id]) == 1
        [job] = store.jobs.list()
        assert (job.state, job.result) == (RunState.SUCCEEDED, {"model_version_id": model.id})
        assert [e.ap50 for e in store.jobs.epochs(job.id)] == [0.75]
        save(store, images[3].id, [a_box(red.id)])
        assert versions_of(workspace.database) == [(schema.newest_version(),)]


def test_an_upgrade_keeps_a_copy_and_every_row(workspace: Workspace, next_migrations: Path) -> None:
    with Store(workspace) as store:
        project = store.projects.create("p")
        cell, image = store.classes.add(project.id, "cell"), add_image(store, project.id)
        save(store, image.id, [a_box(cell.id)])

    schema.upgrade(workspace, str(next_migrations))

    [copy] = workspace.backups.iterdir()
    assert versions_of(copy) == [(NEWEST,)]
    assert versions_of(workspace.database) == [(IMAGINED,)]
    for path in (copy, workspace.database):
        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("SELECT count(*) FROM annotations").fetchall() == [(1,)]
    with closing(sqlite3.connect(workspace.database)) as connection:
        assert connection.execute("SELECT mood FROM images").fetchall() == [("calm",)]
    schema.upgrade(workspace, str(next_migrations))  # nothing to do: no second copy
    assert list(workspace.backups.iterdir()) == [copy]


def test_a_newer_database_is_refused_and_left_alone(workspace: Workspace, next_migrations: Path) -> None:
    workspace.create()
    schema.upgrade(workspace, str(next_migrations))
    with pytest.raises(SchemaTooNew, match=rf"schema {IMAGINED}, this one knows up to {NEWEST}.*install the newer"):
        Store(workspace)
    assert versions_of(workspace.database) == [(IMAGINED,)]
    assert list(workspace.backups.iterdir()) == []


def test_a_migration_that_fails_half_way_changes_nothing(workspace: Workspace, next_migrations: Path) -> None:
    with Store(workspace) as store:
        store.projects.create("kept")
    broken = NEXT.format(newest=NEWEST, last='raise RuntimeError("power cut")')
    (next_migrations / "versions" / "v9000_next.py").write_text(broken, "utf-8")

    with pytest.raises(RuntimeError, match="power cut"):
        schema.upgrade(workspace, str(next_migrations))

    with Store(workspace) as store:
        assert store.projects.find("kept") is not None
    with closing(sqlite3.connect(workspace.database)) as connection:
        assert "mood" not in [row[1] for row in connection.execute("PRAGMA table_info(images)")]


def test_a_database_of_another_program_is_refused(workspace: Workspace) -> None:
    workspace.create()
    with closing(sqlite3.connect(workspace.database)) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    with pytest.raises(StorageError, match="not a Boxloop database"):
        Store(workspace)
    with closing(sqlite3.connect(workspace.database)) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("theirs",)]


def test_a_file_that_is_no_database_is_refused_with_the_place_of_the_copies(workspace: Workspace) -> None:
    workspace.create()
    workspace.database.write_bytes(b"no database at all " * 100)
    with pytest.raises(StorageError, match=r"damaged.*backups"):
        Store(workspace)


def test_the_newest_copies_are_kept(store: Store, project: Project) -> None:
    copies = [schema.back_up(store.workspace, f"n{n}") for n in range(schema.KEPT_BACKUPS + 2)]
    assert sorted(store.workspace.backups.iterdir()) == copies[2:]
    with closing(sqlite3.connect(copies[-1])) as connection:
        assert connection.execute("SELECT name FROM projects").fetchall() == [(project.name,)]
    assert list(store.workspace.tmp.iterdir()) == []


def test_processes_that_open_a_fresh_workspace_at_once_all_get_it(workspace: Workspace) -> None:
    code = (
        "import sys\nfrom pathlib import Path\nfrom storage.store import Store\n"
        "from storage.workspace import Workspace\nprint('ready', flush=True)\nsys.stdin.readline()\n"
        "with Store(Workspace(Path(sys.argv[1]))) as store:\n    print(store.projects.create(sys.argv[2]).id)\n"
    )
    command = [sys.executable, "-c", code, str(workspace.root)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    children = [subprocess.Popen([*command, f"p{n}"], cwd=ROOT, **pipes) for n in range(4)]  # type: ignore[call-overload]
    for child in children:
        assert child.stdout.readline() == "ready\n"
    for child in children:
        child.stdin.write("go\n")
        child.stdin.flush()
    assert sorted(child.communicate(timeout=60)[0].strip() for child in children) == ["1", "2", "3", "4"]
    assert [child.returncode for child in children] == [0] * 4


def test_threads_that_open_a_workspace_at_once_all_get_it(workspace: Workspace) -> None:
    gate = threading.Barrier(6)
    made: list[int] = []

    def open_it(n: int) -> None:
        gate.wait()
        with Store(workspace) as store:
            made.append(store.projects.create(f"p{n}").id)

    threads = [threading.Thread(target=open_it, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made) == [1, 2, 3, 4, 5, 6]
