"""Which names mean this server."""

from __future__ import annotations

import socket

import pytest

from gui.hosts import OwnHosts, in_address, is_loopback, own_names


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST", "::1", "[::1]", "127.8.9.1"])
def test_what_only_this_machine_can_reach_is_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7", "localhost.example.org", "", "127.0.0.1.nip.example"])
def test_everything_else_is_not(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize(
    "header", ["127.0.0.1:7860", "localhost:7860", "LocalHost:7860", "localhost.:7860", "[::1]:7860"]
)
def test_loopback_names_with_our_port_are_ours(header: str) -> None:
    assert OwnHosts(own_names("127.0.0.1"), 7860).has(header)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "evil.example:7860",
        "127.0.0.1",
        "127.0.0.1:7861",
        "127.0.0.1:7860:7860",
        "localhost.evil.example:7860",
        "user@localhost:7860",
        "localhost:7860/x",
        "localhost:7860 evil.example",
        "192.168.1.7:7860",
        "[::1]",
        "127.0.0.1:۷۸۶۰",
    ],
)
def test_other_names_other_ports_and_tricks_are_not(header: str) -> None:
    assert not OwnHosts(own_names("127.0.0.1"), 7860).has(header)


def test_a_host_without_a_port_means_port_80() -> None:
    assert OwnHosts(own_names("127.0.0.1"), 80).has("localhost")


def test_the_bound_address_is_ours() -> None:
    hosts = OwnHosts(own_names("192.168.1.7"), 8000)
    assert hosts.has("192.168.1.7:8000")
    assert not hosts.has("192.168.1.8:8000")


def test_bound_to_every_interface_the_machines_own_name_counts_but_no_other() -> None:
    hosts = OwnHosts(own_names("0.0.0.0"), 8000)
    assert hosts.has(f"{socket.gethostname()}:8000")
    assert not hosts.has("evil.example:8000")


def test_ipv6_stands_in_brackets() -> None:
    assert in_address("::1") == "[::1]"
    assert in_address("[::1]") == "[::1]"
    assert in_address("127.0.0.1") == "127.0.0.1"
