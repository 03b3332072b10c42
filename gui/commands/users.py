"""`user …`: who may log in, and as what. A password never comes as an argument, which other users of a machine see."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gui.auth_file import LoginError, add_user, read_users, remove_user, set_role
from gui.commands.console import DONE, Console, WrongUse, ending_well
from gui.roles import Role


def add(as_json: bool, name: str, auth_file: Path, password_file: Path | None, role: str | None) -> int:
    """Add a login or replace its password. Returns the exit code."""
    console = Console(as_json)
    with ending_well(console), _explained():
        is_new = add_user(auth_file, name, _password(password_file), None if role is None else Role(role))
        now = read_users(auth_file)[name.strip()].role.value
        done = f"added as {now}" if is_new else f"has a new password ({now})"
        facts = {"user": name.strip(), "auth_file": str(auth_file), "new": is_new, "role": now}
        console.answer(facts, f"{name.strip()} {done}.")
        return DONE


def show(as_json: bool, auth_file: Path) -> int:
    """List the logins with their roles."""
    console = Console(as_json)
    with ending_well(console), _explained():
        users = [{"user": name, "role": user.role.value} for name, user in sorted(read_users(auth_file).items())]
        console.answer({"users": users}, "\n".join(f"{one['user']}  {one['role']}" for one in users))
        return DONE


def change_role(as_json: bool, name: str, role: str, auth_file: Path) -> int:
    """Give a login another role."""
    console = Console(as_json)
    with ending_well(console), _explained():
        set_role(auth_file, name, Role(role))
        console.answer({"user": name, "role": role}, f"{name} is {role} from now on.")
        return DONE


def remove(as_json: bool, name: str, auth_file: Path) -> int:
    """Take a login out of the file."""
    console = Console(as_json)
    with ending_well(console), _explained():
        remove_user(auth_file, name)
        console.answer({"removed": name}, f"{name} cannot log in any more.")
        return DONE


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except LoginError as error:
        raise WrongUse(f"{str(error)[0].upper()}{str(error)[1:]}.") from error


def _password(file: Path | None) -> str:
    """From the file, else from the environment, else asked twice."""
    if file is not None:
        return file.read_text("utf-8").partition("\n")[0].rstrip("\r")
    if (given := os.environ.get("BOXLOOP_PASSWORD")) is not None:
        return given
    if not sys.stdin.isatty():
        raise WrongUse("There is no terminal to ask for a password. Set BOXLOOP_PASSWORD or name --password-file.")
    first = getpass.getpass("Password: ")
    if getpass.getpass("Once more: ") != first:
        raise WrongUse("The two passwords differ.")
    return first
