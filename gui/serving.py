"""Runs the web server: takes a port, owns the workspace while it runs, and says where it can be reached."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable
from contextlib import contextmanager
from types import FrameType
from typing import Any

import uvicorn

from gui import server_lock
from gui.auth_file import AuthFile
from gui.hosts import in_address, is_loopback
from gui.login import Login, session_secret
from gui.process import WorkerLauncher
from gui.server import create_app
from gui.services import Services
from gui.settings import Settings
from storage.store import Store
from storage.workspace import Workspace

PORTS_TRIED = 50
DAY = 24 * 3600.0
SECONDS_TO_FINISH = 3  # for requests under way when the server is told to stop


class CannotServe(Exception):
    """The server cannot be started as asked; the text says why and what to do."""


class NeedsLogin(CannotServe):
    """Other machines could reach the server, but nobody would have to log in."""


def check_door(settings: Settings) -> None:
    """Raises NeedsLogin where other machines could come in unasked."""
    if settings.auth_file is None and not is_loopback(settings.host):
        raise NeedsLogin(
            f"{settings.host} can be reached from other machines, so people have to log in. "
            "Make a login with: launch.py user add NAME --auth-file FILE; then start with --auth-file FILE"
        )


def take_port(host: str, port: int, *, exactly: bool) -> socket.socket:
    """A socket bound to `port`, or to the next free one after it unless `exactly` that one is wanted.

    Raises:
        CannotServe: the port is taken, or the host is no address of this machine.
    """
    host = host.strip("[]")
    last: OSError | None = None
    for candidate in [port] if exactly or port == 0 else range(port, min(port + PORTS_TRIED, 65536)):
        try:
            return _bound(host, candidate)
        except socket.gaierror as error:
            raise CannotServe(f"{host} is no address of this machine") from error
        except OSError as error:
            last = error
    reason = (last.strerror or str(last)) if last is not None else "no port was tried"
    raise CannotServe(
        f"port {port} on {host} cannot be used ({reason.lower()}); stop what runs there or choose another --port"
    ) from last


def _bound(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    made = socket.socket(family, kind, protocol)
    try:
        if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):  # Windows, where SO_REUSEADDR would share the port
            made.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
        # Two sockets may be bound to a port as long as neither listens; listening is what takes it.
        made.listen(128)
    except OSError:
        made.close()
        raise
    return made


class _Server(uvicorn.Server):
    """Tells when it has begun to answer."""

    def __init__(self, config: uvicorn.Config, on_started: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_started = on_started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_started()


def serve(
    settings: Settings,
    *,
    exact_port: bool,
    on_started: Callable[[str], None],
    prepare: Callable[[Services], None] = lambda _: None,
    around: Callable[[Callable[[], None], Callable[[], None], str], None] | None = None,
) -> None:
    """Serve until a signal stops it.

    Args:
        settings: host, port, workspace and who may log in.
        exact_port: another port will not do.
        on_started: told the address once it answers.
        prepare: what to do with the services before (make the demo project).
        around: given a function that serves, one that ends it, and the address; comes back when it has ended.

    Raises:
        CannotServe, NeedsLogin, LoginError, WorkspaceLocked, StorageError: it cannot start; the text says why.
        KeyboardInterrupt: it was stopped by SIGINT or SIGTERM.
    """
    check_door(settings)
    workspace = Workspace(settings.workspace)
    users = AuthFile(settings.auth_file) if settings.auth_file is not None else None
    with server_lock.owned(workspace), Store(workspace) as store, _stoppable():
        workspace.tidy(older_than_seconds=DAY)
        launcher = WorkerLauncher(workspace, settings.threads, linger=60 * settings.linger_minutes)
        services = Services(store, settings, launcher)
        prepare(services)
        with take_port(settings.host, settings.port, exactly=exact_port) as listening:
            port = int(listening.getsockname()[1])
            login = None
            if users is not None:
                secret, ended = session_secret(workspace.root / "session.secret"), workspace.root / "sessions.ended"
                login = Login(users, secret, f"boxloop-{port}", ended=ended)
            address = f"http://{in_address(settings.host)}:{port}"
            app = create_app(services, port=port, login=login)

            def started() -> None:
                server_lock.announce(workspace, address)
                on_started(address)

            server = _Server(_config(app), started)

            def run() -> None:
                server.run(sockets=[listening])

            def stop() -> None:
                server.should_exit = True

            if around is None:
                run()
            else:
                around(run, stop, address)


def _config(app: Any) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,  # nobody stands before us whose word on the client's address would count
        timeout_graceful_shutdown=SECONDS_TO_FINISH,
    )


@contextmanager
def _stoppable() -> Any:
    """SIGTERM ends the server the way Ctrl+C does, so that the lock file and the port are given back."""

    def stop(_: int, __: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
