"""What is allowed here at all."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Policy:
    read_only: str = ""
    """Why nothing may be changed (`--read-only`); empty where it may."""
    protected: str = ""
    """Name of the context where it is protected, to be typed with every confirmation; empty elsewhere."""
