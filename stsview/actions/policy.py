"""What is allowed here at all."""

from __future__ import annotations

from dataclasses import dataclass

from stsview.live.snapshot import Scope


@dataclass(frozen=True, slots=True)
class Policy:
    read_only: str = ""
    """Why nothing may be changed (`--read-only`); empty where it may."""
    protected: str = ""
    """Name of the context where it is protected, to be typed with every confirmation; empty elsewhere."""


def policy_of(scope: Scope) -> Policy:
    """What was laid down for the context that is looked at."""
    return Policy(scope.read_only, scope.context if scope.protected else "")
