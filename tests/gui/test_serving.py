"""Which port is taken, and who may be served at all."""

from __future__ import annotations

import re
import socket
from pathlib import Path

import pytest

from gui.serving import CannotServe, NeedsLogin, check_door, take_port
from gui.settings import Settings


def test_the_port_asked_for_is_taken_where_it_is_free() -> None:
    with take_port("127.0.0.1", 0, exactly=True) as first:
        port = first.getsockname()[1]
    with take_port("127.0.0.1", port, exactly=True) as again:
        assert again.getsockname() == ("127.0.0.1", port)


def test_a_busy_port_is_passed_over_unless_it_was_asked_for() -> None:
    with take_port("127.0.0.1", 0, exactly=True) as busy:
        port = busy.getsockname()[1]
        with take_port("127.0.0.1", port, exactly=False) as other:
            assert other.getsockname()[1] > port
        with pytest.raises(CannotServe, match=rf"port {port} .* choose another --port"):
            take_port("127.0.0.1", port, exactly=True)


def test_the_port_is_ours_as_soon_as_it_is_taken() -> None:
    with take_port("127.0.0.1", 0, exactly=True) as ours, socket.create_connection(ours.getsockname(), timeout=5):
        pass


@pytest.mark.parametrize("host", ["192.0.2.1", "no such name"])
def test_an_address_that_is_not_this_machines_is_told(host: str) -> None:
    with pytest.raises(CannotServe, match=re.escape(host)):
        take_port(host, 0, exactly=True)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_loopback_needs_no_login(tmp_path: Path, host: str) -> None:
    check_door(Settings(workspace=tmp_path, host=host))


def test_other_hosts_do(tmp_path: Path) -> None:
    with pytest.raises(NeedsLogin, match="user add"):
        check_door(Settings(workspace=tmp_path, host="0.0.0.0"))
    check_door(Settings(workspace=tmp_path, host="0.0.0.0", auth_file=tmp_path / "users.json"))
