"""The auth file: who may log in, the hashes of their passwords, and their roles.

JSON, `{"version": 1, "users": {NAME: {"password": ARGON2_HASH, "role": ROLE}}}`; it holds no password. A user without a
role is an owner, as everybody was before there were roles. It is read again whenever it has changed, so that users and
roles can be changed while the server runs.
"""

from __future__ import annotations

import json
import os
import secrets
import threading
from dataclasses import dataclass, replace
from pathlib import Path

from argon2 import PasswordHasher

from gui.roles import Role

SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 1024
LONGEST_NAME = 100


class LoginError(Exception):
    """A login that cannot be set up as asked; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may log in. `password` is an argon2 hash."""

    password: str
    role: Role = Role.OWNER


class AuthFile:
    """The users who may log in, as the file stands now.

    Raises:
        LoginError: the file is missing, damaged or holds no user.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._stamp: tuple[int, int] | None = None
        self._users: dict[str, User] = {}
        if not self.users():
            raise LoginError(f"{path} holds no user; add one with: launch.py user add NAME --auth-file {path}")

    def users(self) -> dict[str, User]:
        """Users by name."""
        with self._lock:
            try:
                found = self.path.stat()
            except OSError as error:
                raise LoginError(
                    f"the auth file {self.path} cannot be read; make one with: "
                    f"launch.py user add NAME --auth-file {self.path}"
                ) from error
            stamp = (found.st_mtime_ns, found.st_size)
            if stamp != self._stamp:
                self._users = read_users(self.path)
                self._stamp = stamp
            return self._users


def read_users(path: Path) -> dict[str, User]:
    """Users by name. Raises LoginError for a file that is not an auth file."""
    try:
        content = json.loads(path.read_text("utf-8"))
        return {str(name): _user(user) for name, user in content["users"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise LoginError(
            f"{path} is not an auth file that can be read; make a new one with launch.py user add"
        ) from error


def add_user(path: Path, name: str, password: str, role: Role | None = None) -> bool:
    """Write a user's hash into the auth file, which is made (for its owner's eyes only) where there is none.

    Args:
        role: None keeps the role of a user who is there; a new one is an owner then.

    Returns:
        Whether the user is new; else the password was replaced.

    Raises:
        LoginError: the name or the password cannot be taken, the file is not an auth file, or it would have no owner.
    """
    name = name.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise LoginError(f"a user name needs 1 to {LONGEST_NAME} characters that can be printed")
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise LoginError(f"a password needs {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters")
    users = read_users(path) if path.exists() else {}
    known = users.get(name)
    users[name] = User(PasswordHasher().hash(password), role or (known.role if known else Role.OWNER))
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(path, users)
    return known is None


def set_role(path: Path, name: str, role: Role) -> None:
    """Give a user another role. Raises LoginError: there is no such user, or no owner would be left."""
    users = read_users(path)
    users[name] = replace(_known(users, name), role=role)
    _write(path, users)


def remove_user(path: Path, name: str) -> None:
    """Take a user out; their sessions end with it. Raises LoginError: no such user, or no owner would be left."""
    users = read_users(path)
    _known(users, name)
    del users[name]
    _write(path, users)


def _known(users: dict[str, User], name: str) -> User:
    if name not in users:
        raise LoginError(f"there is no user {name!r}; there are: {', '.join(sorted(users)) or 'none'}")
    return users[name]


def _user(entry: dict[str, str]) -> User:
    return User(str(entry["password"]), Role(entry.get("role", Role.OWNER)))


def _write(path: Path, users: dict[str, User]) -> None:
    """Readable by its owner only, moved into place whole."""
    if all(user.role is not Role.OWNER for user in users.values()):
        raise LoginError("at least one user has to be an owner; make somebody else an owner first")
    entries = {one: {"password": users[one].password, "role": users[one].role.value} for one in sorted(users)}
    text = json.dumps({"version": 1, "users": entries}, indent=2, ensure_ascii=False) + "\n"
    beside = path.with_name(f"{path.name}.{secrets.token_hex(4)}.tmp")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
