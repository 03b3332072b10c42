"""Who may come in when the server is open to other machines: signed sessions and a brake on guessing.

A session is a signed cookie; its signature covers the user's password hash too, so that a new password or a removed
user ends every session of theirs. Who may log in stands in the auth file (gui/auth_file.py).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
import threading
import time
from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from gui.auth_file import LONGEST_PASSWORD, AuthFile, LoginError
from gui.ended_sessions import EndedSessions
from gui.roles import Role

SESSION_SECONDS = 14 * 24 * 3600
# Each check takes 64 MiB for a moment, so only a few may run at once.
CHECKS_AT_ONCE = 2


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
        ended: the file of sessions that were ended; None forgets them with the process.
    """

    def __init__(
        self,
        users: AuthFile,
        secret: bytes,
        cookie: str,
        clock: Callable[[], float] = time.time,
        ended: Path | None = None,
    ) -> None:
        self.users = users
        self.cookie = cookie
        self._secret = secret
        self._clock = clock
        self._hasher = PasswordHasher()
        # Checked where the name is unknown, so that the time taken does not tell which names exist.
        self._nobody = self._hasher.hash(secrets.token_hex(16))
        self._checks = threading.Semaphore(CHECKS_AT_ONCE)
        self._ended = EndedSessions(ended, clock)

    def check(self, name: str, password: str) -> bool:
        """Whether this is a user's password. Takes about 50 ms of one core on purpose."""
        known = self.users.users().get(name)
        with self._checks:
            try:
                self._hasher.verify(known.password if known else self._nobody, password[: LONGEST_PASSWORD + 1])
            except (Argon2Error, InvalidHashError):
                return False
        return known is not None

    def begin(self, name: str) -> str:
        """A new session's token for a user who gave the right password."""
        expires = int(self._clock()) + SESSION_SECONDS
        encoded = base64.urlsafe_b64encode(name.encode()).decode().rstrip("=")
        claim = f"{encoded}.{expires}.{secrets.token_urlsafe(12)}"
        return f"{claim}.{self._signature(claim, self.users.users()[name].password)}"

    def end(self, cookie_header: str) -> None:
        """Let the session that came with a request be worth nothing any more."""
        token = self._token(cookie_header)
        if self.user_of(cookie_header) is not None:
            self._ended.add(token, self._clock() + SESSION_SECONDS)

    def role_of(self, name: str) -> Role | None:
        """What a user may do, as the file stands now; None where it cannot be read or they are gone."""
        try:
            user = self.users.users().get(name)
        except LoginError:
            return None
        return None if user is None else user.role

    def user_of(self, cookie_header: str) -> str | None:
        """The user whose session a request carries, or None."""
        token = self._token(cookie_header)
        claim, _, signature = token.rpartition(".")
        parts = claim.split(".")
        if len(parts) != 3 or not parts[1].isdecimal() or token in self._ended:
            return None
        try:
            name = base64.urlsafe_b64decode(parts[0] + "=" * (-len(parts[0]) % 4)).decode()
            known = self.users.users().get(name)
        except (ValueError, LoginError):
            return None
        if known is None or not hmac.compare_digest(
            signature.encode(), self._signature(claim, known.password).encode()
        ):
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
