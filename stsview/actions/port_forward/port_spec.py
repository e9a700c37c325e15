"""Ports as they are typed: `8080`, `8080:9092`, `:9092`, `http`, `8080:http`."""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

LARGEST_PORT = 65535
ANY_FREE = 0
"""The local port that stands for any free one."""

_NAME = re.compile(r"(?=.*[a-z])[a-z0-9]([a-z0-9-]*[a-z0-9])?")
"""IANA_SVC_NAME (apimachinery/pkg/util/validation), at most 15 characters."""
_LONGEST_NAME = 15


class DeclaredPort(msgspec.Struct, frozen=True):
    """A TCP port that a container declares."""

    number: int
    name: str = ""
    container: str = ""


class PortSpec(msgspec.Struct, frozen=True):
    """What to forward: `[LOCAL:]REMOTE`."""

    remote: str
    """A number, or the name of a port that a container declares."""
    local: int | None = None
    """0: any free port; None: the same as the remote one."""


def parse_port(text: str) -> PortSpec:
    """Parse `[LOCAL:]REMOTE`. Raises ValueError, with a message for the user."""
    local, colon, remote = text.rpartition(":")
    if ":" in local or not remote:
        raise ValueError(f"{text!r} is no port: use REMOTE, LOCAL:REMOTE, or :REMOTE for any free local port")
    if remote.isdecimal():
        _check(remote, 1)
    elif not _NAME.fullmatch(remote) or len(remote) > _LONGEST_NAME:
        raise ValueError(f"{remote!r} is neither a port nor the name of one")
    if not colon:
        return PortSpec(remote)
    return PortSpec(remote, parse_local(local))


def parse_local(text: str) -> int:
    """A local port; 0 for none, which stands for any free one. Raises ValueError."""
    if text and not (text.isascii() and text.isdecimal()):
        raise ValueError(f"{text!r} is no local port: use a number, or none for any free one")
    return _check(text or "0", 0)


def _check(text: str, lowest: int) -> int:
    if not text.isascii() or len(text) > len(str(LARGEST_PORT)) or not lowest <= int(text) <= LARGEST_PORT:
        raise ValueError(f"port {text} is not between 1 and {LARGEST_PORT}")
    return int(text)


def remote_port(spec: PortSpec, declared: Iterable[DeclaredPort], pod: str) -> int:
    """The number of the remote port. Raises ValueError where no container declares a port of that name."""
    if spec.remote.isdecimal():
        return int(spec.remote)
    known = list(declared)
    found = next((one.number for one in known if one.name == spec.remote), None)
    if found is None:
        names = ", ".join(one.name for one in known if one.name)
        raise ValueError(
            f"{pod} has no port {spec.remote}: " + (f"use {names}" if names else "its ports have no names")
        )
    return found
