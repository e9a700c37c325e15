"""How each kind of software talks in its log."""

from __future__ import annotations

from stsview.simulator.nodes.voices.brokers import BROKERS
from stsview.simulator.nodes.voices.databases import DATABASES
from stsview.simulator.nodes.voices.infrastructure import GENERIC, INFRASTRUCTURE
from stsview.simulator.nodes.voices.voice import Voice

__all__ = ["Voice", "voice_of"]

_VOICES = {**DATABASES, **BROKERS, **INFRASTRUCTURE}


def voice_of(image: str) -> Voice:
    """The voice of what runs in an image, by the last part of its name; a general one for what is not known."""
    name = image.rpartition("/")[2].partition("@")[0].partition(":")[0]
    return _VOICES.get(name, GENERIC)
