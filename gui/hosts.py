"""Under which names this server may be addressed, so that no other name can be pointed at it (DNS rebinding)."""

from __future__ import annotations

import ipaddress
import re
import socket

import psutil

LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]")
_HOST_HEADER = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(?::(?P<port>[0-9]{1,5}))?", re.ASCII)
EVERY_INTERFACE = ("0.0.0.0", "::")  # noqa: S104 - only compared with
DEFAULT_PORT = 80  # what a browser leaves out of an http address


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server bound to `host` (a name or an address, with or without [])."""
    name = host.strip("[]").lower()
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def in_address(host: str) -> str:
    """`host` as it stands in an address: IPv6 in brackets."""
    return f"[{host.strip('[]')}]" if ":" in host else host


def own_names(bound: str) -> frozenset[str]:
    """Names and addresses that mean this server when it is bound to `bound`.

    Bound to every interface (0.0.0.0 or ::), the machine's own addresses and its name count too.
    """
    names = {*LOOPBACK_NAMES, in_address(bound.lower())}
    if bound.strip("[]") in EVERY_INTERFACE:
        for addresses in psutil.net_if_addrs().values():
            for one in addresses:
                if one.family in (socket.AF_INET, socket.AF_INET6):
                    names.add(in_address(one.address.partition("%")[0].lower()))
        machine = socket.gethostname().lower()
        names |= {machine, f"{machine.partition('.')[0]}.local"}
    return frozenset(names)


class OwnHosts:
    """Answers whether a Host header names this server.

    Attributes:
        names: lower-case names and addresses, IPv6 in brackets.
        port: the port that the server listens on; a Host header without one means port 80.
    """

    def __init__(self, names: frozenset[str], port: int) -> None:
        self.names = names
        self.port = port

    def has(self, host_header: str) -> bool:
        found = _HOST_HEADER.fullmatch(host_header.strip().lower())
        if found is None:
            return False
        port = int(found["port"]) if found["port"] else DEFAULT_PORT
        return port == self.port and found["name"].removesuffix(".") in self.names
