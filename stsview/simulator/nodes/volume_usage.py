"""How full the volumes of claims are."""

from __future__ import annotations

from hashlib import sha256

from stsview.simulator.apiserver.wire import Object

_LEAST, _MOST = 18, 71
"""Percent of a volume that holds data."""


def used_bytes(claim: Object, size: int) -> int:
    """Bytes that are used of the claim's volume of `size` bytes: the same for the same claim."""
    metadata = claim["metadata"]
    number = int.from_bytes(sha256(f"{metadata['namespace']}/{metadata['name']}".encode()).digest()[:4])
    return size * (_LEAST + number % (_MOST - _LEAST)) // 100
