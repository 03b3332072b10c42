"""The words of `user ...`: logins for servers that other machines can reach. Nothing heavy is imported here."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from gui.commands.options import AsJson

user = typer.Typer(help="Logins for servers that other machines can reach.", no_args_is_help=True)


class RoleName(StrEnum):
    OWNER = "owner"
    LABELLER = "labeller"
    VIEWER = "viewer"


UserFile = Annotated[Path, typer.Option("--auth-file", help="File of logins, as made by `user add`.", dir_okay=False)]
UserName = Annotated[str, typer.Argument(help="Name to log in with.")]


@user.command("add")
def add_user(
    name: UserName,
    auth_file: Annotated[Path, typer.Option(help="File of logins; made where there is none.", dir_okay=False)],
    password_file: Annotated[
        Path | None,
        typer.Option(help="First line is the password; else BOXLOOP_PASSWORD, else a prompt.", exists=True),
    ] = None,
    role: Annotated[
        RoleName | None, typer.Option(help="What they may do; a new user is an owner, another keeps theirs.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Add a login, or give it a new password."""
    from gui.commands.users import add

    raise typer.Exit(add(as_json, name, auth_file, password_file, role and role.value))


@user.command("list")
def list_users(auth_file: UserFile, as_json: AsJson = False) -> None:
    """Who may log in, and as what."""
    from gui.commands.users import show

    raise typer.Exit(show(as_json, auth_file))


@user.command("role")
def change_role(name: UserName, role: RoleName, auth_file: UserFile, as_json: AsJson = False) -> None:
    """Give a login another role; it counts from the next request on."""
    from gui.commands.users import change_role as change

    raise typer.Exit(change(as_json, name, role.value, auth_file))


@user.command("remove")
def remove_user(name: UserName, auth_file: UserFile, as_json: AsJson = False) -> None:
    """Take a login out; its sessions end. What the person did stays, with their name."""
    from gui.commands.users import remove

    raise typer.Exit(remove(as_json, name, auth_file))
