"""`user add`: a login into the auth file. A password never comes as an argument, which other users of a machine see."""

from __future__ import annotations

import getpass
import os
import sys
from pathlib import Path

from gui.commands.console import DONE, Console, WrongUse, ending_well
from gui.login import LoginError, add_user


def add(as_json: bool, name: str, auth_file: Path, password_file: Path | None) -> int:
    """Add a login or replace its password. Returns the exit code."""
    console = Console(as_json)
    with ending_well(console):
        try:
            is_new = add_user(auth_file, name, _password(password_file))
        except LoginError as error:
            raise WrongUse(f"{str(error)[0].upper()}{str(error)[1:]}.") from error
        done = "added" if is_new else "has a new password"
        console.answer({"user": name.strip(), "auth_file": str(auth_file), "new": is_new}, f"{name.strip()} {done}.")
        return DONE


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
