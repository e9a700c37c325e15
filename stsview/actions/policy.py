"""What the configuration allows in the present context."""

from __future__ import annotations

import msgspec

from stsview.live.snapshot import Scope


class Policy(msgspec.Struct, frozen=True):
    read_only: str = ""
    """Why nothing may be changed (`--read-only`); empty where it may."""
    protected: str = ""
    """Name of the context if it is protected: it has to be typed with every confirmation; else empty."""


def policy_of(scope: Scope) -> Policy:
    """The policy for the context that is shown."""
    return Policy(scope.read_only, scope.context if scope.protected else "")
