"""Ports and addresses as they are typed."""

from __future__ import annotations

import errno
import socket

import pytest

from stsview.actions.port_forward import listener
from stsview.actions.port_forward.listener import PortTaken, listen, parse_addresses
from stsview.actions.port_forward.port_spec import DeclaredPort, PortSpec, parse_port, remote_port
from stsview.actions.port_forward.service import open_address_warning


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("8080", PortSpec("8080")),
        ("8080:9092", PortSpec("9092", 8080)),
        (":9092", PortSpec("9092", 0)),
        ("0:9092", PortSpec("9092", 0)),
        ("http", PortSpec("http")),
        ("8443:web-ui", PortSpec("web-ui", 8443)),
    ],
)
def test_ports_are_typed_as_with_kubectl(text: str, spec: PortSpec) -> None:
    assert parse_port(text) == spec


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is no port"),
        ("80:", "is no port"),
        ("1:2:3", "is no port"),
        ("0", "is not between 1 and 65535"),
        ("65536", "is not between"),
        ("99999999999:80", "is not between"),
        ("x:80", "is no local port"),
        ("²", "is neither a port"),
        ("١٢", "is not between"),
        ("-1", "is neither a port"),
        ("53/udp", "is neither a port"),
        ("\x1b[31m", "is neither a port"),
    ],
)
def test_other_texts_are_refused_in_words(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words) as error:
        parse_port(text)
    assert str(error.value).isprintable()


def test_a_name_is_that_of_a_declared_port() -> None:
    declared = [DeclaredPort(9092, "main", "kafka"), DeclaredPort(5556, "", "exporter")]
    assert remote_port(parse_port(":main"), declared, "kafka-0") == 9092
    with pytest.raises(ValueError, match="kafka-0 has no port http: use main"):
        remote_port(parse_port("http"), declared, "kafka-0")


def test_addresses_are_ip_addresses() -> None:
    assert parse_addresses("localhost, 10.0.0.1") == ("127.0.0.1", "::1", "10.0.0.1")
    with pytest.raises(ValueError, match=r"'example\.com' is no IP address"):
        parse_addresses("example.com")


def test_other_addresses_than_loopback_are_warned_of() -> None:
    assert open_address_warning(("127.0.0.1", "127.9.9.9", "::1"), "kafka-0") == ""
    end = "can connect to kafka-0 with your rights"
    assert open_address_warning(("127.0.0.1", "10.0.0.1"), "kafka-0") == f"every host that reaches 10.0.0.1 {end}"
    assert open_address_warning(("::",), "kafka-0") == f"every host that reaches this machine {end}"


def test_a_reserved_local_port_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(listener, "_listen_on", refuse)
    with pytest.raises(PortTaken, match="local port 80 is reserved for root: choose one above 1023"):
        listen(("127.0.0.1",), 80)


def test_a_taken_local_port_is_refused_on_any_address() -> None:
    with socket.socket(socket.AF_INET6) as taken:
        taken.bind(("::1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PortTaken, match=f"local port {port} is in use"):
            listen(("127.0.0.1", "::1"), port)
        with socket.socket() as free:
            # What was bound before the failure is closed.
            free.bind(("127.0.0.1", port))
    with pytest.raises(PortTaken, match="does not have that address"):
        listen(("203.0.113.1",), 0)
