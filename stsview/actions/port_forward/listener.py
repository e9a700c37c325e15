"""Local ports: loopback only, unless another address is asked for."""

from __future__ import annotations

import errno
import ipaddress
import socket
from collections.abc import Sequence

from stsview.actions.errors import Refused
from stsview.actions.port_forward.port_spec import ANY_FREE

LOOPBACK = ("127.0.0.1", "::1")
_NO_SUCH_ADDRESS = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
_ATTEMPTS = 20
"""How many free ports of the first address are tried until one is free on the others too."""


class PortTaken(Refused):
    """The local port is in use, or must not be used."""


def parse_addresses(text: str) -> tuple[str, ...]:
    """IP addresses from a list with commas; `localhost` is both loopback addresses. Raises ValueError."""
    found: list[str] = []
    for one in text.split(","):
        if one.strip() == "localhost":
            found += LOOPBACK
            continue
        try:
            found.append(str(ipaddress.ip_address(one.strip())))
        except ValueError:
            raise ValueError(
                f"{one.strip()!r} is no IP address: use localhost, or the address of an interface"
            ) from None
    return tuple(dict.fromkeys(found))


def is_loopback(address: str) -> bool:
    return ipaddress.ip_address(address).is_loopback


def is_any(address: str) -> bool:
    """Whether it stands for all addresses of this machine."""
    return ipaddress.ip_address(address).is_unspecified


def listen(addresses: Sequence[str], port: int) -> list[socket.socket]:
    """Listening sockets on one port of all addresses; 0: any free port. Raises `PortTaken`.

    A machine without IPv6 has no `::1`, which is left out; other addresses must exist.
    """
    for attempt in range(_ATTEMPTS):
        opened: list[socket.socket] = []
        try:
            for address in addresses:
                if (one := _listen_on(address, opened[0].getsockname()[1] if opened else port)) is not None:
                    opened.append(one)
            if not opened:
                raise PortTaken(f"cannot listen on {', '.join(addresses)}: no such address here")
            return opened
        except OSError as error:
            _close(opened)
            if error.errno == errno.EADDRINUSE and port == ANY_FREE and attempt + 1 < _ATTEMPTS:
                continue
            raise PortTaken(_words(error, port)) from error
        except BaseException:
            _close(opened)
            raise
    raise AssertionError("unreachable")


def is_free(port: int) -> bool:
    """Whether `listen` would succeed on the loopback interface now."""
    try:
        _close(listen(LOOPBACK, port))
    except PortTaken:
        return False
    return True


def _listen_on(address: str, port: int) -> socket.socket | None:
    try:
        made = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    except OSError:
        return None
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if made.family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind((address, port))
        made.listen(128)
        made.setblocking(False)
    except OSError as error:
        made.close()
        if address == LOOPBACK[1] and error.errno in _NO_SUCH_ADDRESS:
            return None
        raise
    return made


def _close(sockets: Sequence[socket.socket]) -> None:
    for one in sockets:
        one.close()


def _words(error: OSError, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"local port {port} is in use: choose another one, or none for any free one"
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"local port {port} is reserved for root: choose one above 1023"
    if error.errno in _NO_SUCH_ADDRESS:
        return "this machine does not have that address"
    return f"cannot listen on local port {port}: {error.strerror}"
