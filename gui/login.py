"""Who may come in when the server is open to other machines: an auth file, signed sessions and a brake on guessing.

The auth file is JSON, `{"version": 1, "users": {NAME: {"password": ARGON2_HASH}}}`; it holds no password. It is read
again whenever it has changed, so that a user can be added while the server runs. A session is a signed cookie; its
signature covers the user's password hash too, so that a new password or a removed user ends every session of theirs.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets
import threading
import time
from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

SESSION_SECONDS = 14 * 24 * 3600
SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 1024
LONGEST_NAME = 100
# Each check takes 64 MiB for a moment, so only a few may run at once.
CHECKS_AT_ONCE = 2


class LoginError(Exception):
    """A login that cannot be set up as asked; the text says why and what to do."""


class AuthFile:
    """The users who may log in, and the hashes of their passwords.

    Raises:
        LoginError: the file is missing, damaged or holds no user.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._stamp: tuple[int, int] | None = None
        self._hashes: dict[str, str] = {}
        if not self.hashes():
            raise LoginError(f"{path} holds no user; add one with: launch.py user add NAME --auth-file {path}")

    def hashes(self) -> dict[str, str]:
        """User name -> argon2 hash, as the file stands now."""
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
                self._hashes = read_users(self.path)
                self._stamp = stamp
            return self._hashes


def read_users(path: Path) -> dict[str, str]:
    """User name -> argon2 hash. Raises LoginError for a file that is not an auth file."""
    try:
        content = json.loads(path.read_text("utf-8"))
        return {str(name): str(user["password"]) for name, user in content["users"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise LoginError(
            f"{path} is not an auth file that can be read; make a new one with launch.py user add"
        ) from error


def add_user(path: Path, name: str, password: str) -> bool:
    """Write a user's hash into the auth file, which is made (for its owner's eyes only) where there is none.

    Returns:
        Whether the user is new; else the password was replaced.

    Raises:
        LoginError: the name or the password cannot be taken, or the file is not an auth file.
    """
    name = name.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise LoginError(f"a user name needs 1 to {LONGEST_NAME} characters that can be printed")
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise LoginError(f"a password needs {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters")
    users = read_users(path) if path.exists() else {}
    is_new = name not in users
    users[name] = PasswordHasher().hash(password)
    content = {"version": 1, "users": {one: {"password": users[one]} for one in sorted(users)}}
    path.parent.mkdir(parents=True, exist_ok=True)
    _write_private(path, json.dumps(content, indent=2, ensure_ascii=False) + "\n")
    return is_new


def _write_private(path: Path, text: str) -> None:
    beside = path.with_name(f"{path.name}.{secrets.token_hex(4)}.tmp")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def session_secret(path: Path) -> bytes:
    """The key that signs this workspace's sessions: 32 random bytes, made on first use, for its owner's eyes only."""
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(32))
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        pass
    found = path.read_bytes()
    if len(found) != 32:
        raise LoginError(f"{path} is damaged; delete it and start again (everybody has to log in anew)")
    return found


class Brake:
    """Slows down guessing: after `allowed` failures within `window` seconds, no more tries until they are old.

    Args:
        clock: seconds that never go back.
    """

    def __init__(
        self, allowed: int, window: float = 300.0, clock: Callable[[], float] = time.monotonic, most_keys: int = 10_000
    ) -> None:
        self._allowed = allowed
        self._window = window
        self._clock = clock
        self._most_keys = most_keys
        self._failures: dict[str, list[float]] = {}
        self._lock = threading.Lock()

    def wait_for(self, key: str) -> float:
        """Seconds until the next try may be made; 0 where it may be made now."""
        with self._lock:
            recent = self._recent(key)
            return recent[-self._allowed] + self._window - self._clock() if len(recent) >= self._allowed else 0.0

    def failed(self, key: str) -> None:
        with self._lock:
            recent = self._recent(key)
            self._failures.pop(key, None)
            while len(self._failures) >= self._most_keys:  # the one that failed longest ago goes first
                del self._failures[next(iter(self._failures))]
            self._failures[key] = [*recent, self._clock()][-self._allowed :]

    def forget(self, key: str) -> None:
        with self._lock:
            self._failures.pop(key, None)

    def _recent(self, key: str) -> list[float]:
        since = self._clock() - self._window
        return [moment for moment in self._failures.get(key, ()) if moment > since]


class Login:
    """Checks passwords and hands out sessions.

    Args:
        users: who may log in.
        secret: the key that signs sessions.
        cookie: its name; cookies are shared by all ports of a machine, so it has to differ between servers.
        clock: seconds since 1970.
    """

    def __init__(self, users: AuthFile, secret: bytes, cookie: str, clock: Callable[[], float] = time.time) -> None:
        self.users = users
        self.cookie = cookie
        self._secret = secret
        self._clock = clock
        self._hasher = PasswordHasher()
        # Checked where the name is unknown, so that the time taken does not tell which names exist.
        self._nobody = self._hasher.hash(secrets.token_hex(16))
        self._checks = threading.Semaphore(CHECKS_AT_ONCE)
        self._ended: dict[str, float] = {}

    def check(self, name: str, password: str) -> bool:
        """Whether this is a user's password. Takes about 50 ms of one core on purpose."""
        known = self.users.hashes().get(name)
        with self._checks:
            try:
                self._hasher.verify(known or self._nobody, password[: LONGEST_PASSWORD + 1])
            except (Argon2Error, InvalidHashError):
                return False
        return known is not None

    def begin(self, name: str) -> str:
        """A new session's token for a user who gave the right password."""
        expires = int(self._clock()) + SESSION_SECONDS
        encoded = base64.urlsafe_b64encode(name.encode()).decode().rstrip("=")
        claim = f"{encoded}.{expires}.{secrets.token_urlsafe(12)}"
        return f"{claim}.{self._signature(claim, self.users.hashes()[name])}"

    def end(self, cookie_header: str) -> None:
        """Let the session that came with a request be worth nothing any more."""
        token = self._token(cookie_header)
        if self.user_of(cookie_header) is not None:
            now = self._clock()
            self._ended = {one: until for one, until in self._ended.items() if until > now}
            self._ended[token] = now + SESSION_SECONDS

    def user_of(self, cookie_header: str) -> str | None:
        """The user whose session a request carries, or None."""
        token = self._token(cookie_header)
        claim, _, signature = token.rpartition(".")
        parts = claim.split(".")
        if len(parts) != 3 or not parts[1].isdecimal() or token in self._ended:
            return None
        try:
            name = base64.urlsafe_b64decode(parts[0] + "=" * (-len(parts[0]) % 4)).decode()
            known = self.users.hashes().get(name)
        except (ValueError, LoginError):
            return None
        if known is None or not hmac.compare_digest(signature.encode(), self._signature(claim, known).encode()):
            return None
        return name if int(parts[1]) > self._clock() else None

    def _token(self, cookie_header: str) -> str:
        try:
            found = SimpleCookie(cookie_header).get(self.cookie)
        except CookieError:
            return ""
        return found.value if found is not None else ""

    def _signature(self, claim: str, password_hash: str) -> str:
        signed = hmac.new(self._secret, f"{claim}\n{password_hash}".encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(signed).decode().rstrip("=")
