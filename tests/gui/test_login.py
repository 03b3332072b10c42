"""Logins: what is stored, what a session is worth and for how long, and the brake on guessing."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from gui.auth_file import AuthFile, LoginError, add_user, read_users, remove_user, set_role
from gui.login import SESSION_SECONDS, Brake, Login, session_secret
from gui.roles import Role

PASSWORD = "correct horse"


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def users(tmp_path: Path) -> Path:
    path = tmp_path / "users.json"
    add_user(path, "ada", PASSWORD)
    return path


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def login(users: Path, clock: Clock) -> Login:
    return Login(AuthFile(users), b"k" * 32, "boxloop", clock)


def test_the_auth_file_holds_a_hash_and_only_its_owner_reads_it(users: Path) -> None:
    text = users.read_text("utf-8")
    assert PASSWORD not in text
    assert json.loads(text)["users"]["ada"]["password"].startswith("$argon2id$")
    assert stat.S_IMODE(users.stat().st_mode) == 0o600


def test_adding_tells_whether_the_user_is_new_and_keeps_the_others(users: Path) -> None:
    assert add_user(users, "Grace Höpper", "another one")
    assert not add_user(users, "ada", "a new password")
    assert set(AuthFile(users).users()) == {"ada", "Grace Höpper"}


@pytest.mark.parametrize(("name", "password"), [("", PASSWORD), ("a\nb", PASSWORD), ("x" * 101, PASSWORD)])
def test_a_name_that_cannot_be_shown_is_refused(tmp_path: Path, name: str, password: str) -> None:
    with pytest.raises(LoginError, match="user name"):
        add_user(tmp_path / "u.json", name, password)
    assert not (tmp_path / "u.json").exists()


@pytest.mark.parametrize("password", ["", "1234567", "x" * 1025])
def test_a_password_that_is_too_short_or_too_long_is_refused(tmp_path: Path, password: str) -> None:
    with pytest.raises(LoginError, match="8 to 1024"):
        add_user(tmp_path / "u.json", "ada", password)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"users": {"ada": 3}}', '{"users": {}}', "\ufffe"])
def test_a_file_that_lets_nobody_in_is_refused_at_start(tmp_path: Path, content: str) -> None:
    path = tmp_path / "users.json"
    path.write_text(content, "utf-8")
    with pytest.raises(LoginError, match="user add"):
        AuthFile(path)


def test_a_missing_auth_file_is_refused_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(LoginError, match="user add"):
        AuthFile(tmp_path / "none.json")


def test_a_damaged_auth_file_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "users.json"
    path.write_text("{ broken", "utf-8")
    with pytest.raises(LoginError):
        add_user(path, "ada", PASSWORD)
    assert path.read_text("utf-8") == "{ broken"


def test_the_right_password_and_no_other_is_taken(login: Login) -> None:
    assert login.check("ada", PASSWORD)
    assert not login.check("ada", PASSWORD + " ")
    assert not login.check("ada", "")
    assert not login.check("Ada", PASSWORD)
    assert not login.check("nobody", PASSWORD)


def test_a_session_names_its_user(login: Login, users: Path) -> None:
    add_user(users, "Grace Höpper", "another one")
    assert login.user_of(f"other=1; boxloop={login.begin('Grace Höpper')}") == "Grace Höpper"


def test_a_session_ends_after_two_weeks(login: Login, clock: Clock) -> None:
    cookie = f"boxloop={login.begin('ada')}"
    clock.now += SESSION_SECONDS - 1
    assert login.user_of(cookie) == "ada"
    clock.now += 2
    assert login.user_of(cookie) is None


def test_a_session_that_was_changed_in_any_place_is_worth_nothing(login: Login) -> None:
    token = login.begin("ada")
    for place in range(len(token)):
        other = "A" if token[place] != "A" else "B"
        assert login.user_of(f"boxloop={token[:place]}{other}{token[place + 1 :]}") is None


@pytest.mark.parametrize("cookie", ["", "boxloop=", "boxloop=a.b.c.d", "boxloop=..1.x", "boxloop=\xff", "=;=", "x"])
def test_nonsense_is_no_session(login: Login, cookie: str) -> None:
    assert login.user_of(cookie) is None


def test_another_secret_another_server(login: Login, users: Path, clock: Clock) -> None:
    other = Login(AuthFile(users), b"x" * 32, "boxloop", clock)
    assert other.user_of(f"boxloop={login.begin('ada')}") is None


def test_logging_out_ends_that_session_only(login: Login) -> None:
    first, second = f"boxloop={login.begin('ada')}", f"boxloop={login.begin('ada')}"
    login.end(first)
    assert login.user_of(first) is None
    assert login.user_of(second) == "ada"


def test_an_ended_session_stays_ended_after_a_restart(users: Path, clock: Clock, tmp_path: Path) -> None:
    def started() -> Login:
        return Login(AuthFile(users), b"k" * 32, "boxloop", clock, tmp_path / "sessions.ended")

    before = started()
    ended, kept = f"boxloop={before.begin('ada')}", f"boxloop={before.begin('ada')}"
    before.end(ended)
    with (tmp_path / "sessions.ended").open("a") as file:
        file.write("\ncut o")  # by a crash
    after = started()
    assert after.user_of(ended) is None
    assert after.user_of(kept) == "ada"
    after.end(kept)
    assert started().user_of(kept) is None


def test_a_file_without_roles_makes_everybody_an_owner(users: Path) -> None:
    content = json.loads(users.read_text("utf-8"))
    del content["users"]["ada"]["role"]
    users.write_text(json.dumps(content), "utf-8")
    assert read_users(users)["ada"].role is Role.OWNER


def test_a_role_changes_while_the_session_goes_on(login: Login, users: Path) -> None:
    add_user(users, "grace", "another one", Role.LABELLER)
    cookie = f"boxloop={login.begin('grace')}"
    set_role(users, "grace", Role.VIEWER)
    assert login.user_of(cookie) == "grace"
    assert login.role_of("grace") is Role.VIEWER
    add_user(users, "grace", "a new password")
    assert login.role_of("grace") is Role.VIEWER  # a new password is no new role
    remove_user(users, "grace")
    assert login.user_of(cookie) is None


def test_the_last_owner_stays(users: Path) -> None:
    add_user(users, "grace", "another one", Role.LABELLER)
    for attempt in (lambda: remove_user(users, "ada"), lambda: set_role(users, "ada", Role.VIEWER)):
        with pytest.raises(LoginError, match="at least one user has to be an owner"):
            attempt()
    with pytest.raises(LoginError, match="no user 'alan'; there are: ada, grace"):
        set_role(users, "alan", Role.OWNER)
    assert read_users(users)["ada"].role is Role.OWNER


def test_a_new_password_ends_every_session(login: Login, users: Path) -> None:
    cookie = f"boxloop={login.begin('ada')}"
    add_user(users, "ada", "a new password")
    assert login.user_of(cookie) is None
    assert login.check("ada", "a new password")


def test_a_user_added_meanwhile_can_log_in(login: Login, users: Path) -> None:
    assert not login.check("grace", "another one")
    add_user(users, "grace", "another one")
    assert login.check("grace", "another one")


def test_the_secret_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "session.secret"
    first = session_secret(path)
    assert len(first) == 32
    assert session_secret(path) == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert session_secret(tmp_path / "other.secret") != first


def test_a_damaged_secret_is_told(tmp_path: Path) -> None:
    (tmp_path / "session.secret").write_bytes(b"short")
    with pytest.raises(LoginError, match="damaged"):
        session_secret(tmp_path / "session.secret")


def test_the_brake_holds_after_too_many_failures_until_they_are_old(clock: Clock) -> None:
    brake = Brake(allowed=3, window=60, clock=clock)
    for _ in range(3):
        assert brake.wait_for("1.2.3.4") == 0
        brake.failed("1.2.3.4")
    assert brake.wait_for("1.2.3.4") == 60
    assert brake.wait_for("5.6.7.8") == 0
    clock.now += 61
    assert brake.wait_for("1.2.3.4") == 0


def test_success_lets_the_brake_go(clock: Clock) -> None:
    brake = Brake(allowed=1, clock=clock)
    brake.failed("ada")
    brake.forget("ada")
    assert brake.wait_for("ada") == 0


def test_the_brake_remembers_only_so_many(clock: Clock) -> None:
    brake = Brake(allowed=1, clock=clock, most_keys=2)
    for key in ("a", "b", "c"):
        brake.failed(key)
    assert [brake.wait_for(key) > 0 for key in ("a", "b", "c")] == [False, True, True]


def test_a_changed_file_is_noticed_even_at_the_same_size(users: Path) -> None:
    opened = AuthFile(users)
    before = opened.users()["ada"]
    add_user(users, "ada", "another password")
    os.utime(users, ns=(1, 1))
    assert opened.users()["ada"] != before
