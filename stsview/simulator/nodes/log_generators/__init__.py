"""Log lines in the format of well-known software."""

from __future__ import annotations

from stsview.simulator.nodes.log_generators.brokers import BROKERS
from stsview.simulator.nodes.log_generators.databases import DATABASES
from stsview.simulator.nodes.log_generators.infrastructure import GENERIC, INFRASTRUCTURE
from stsview.simulator.nodes.log_generators.log_generator import LogGenerator

__all__ = ["LogGenerator", "log_generator_for"]

_BY_IMAGE = {**DATABASES, **BROKERS, **INFRASTRUCTURE}


def log_generator_for(image: str) -> LogGenerator:
    """The generator for an image, by the last part of its name.

    A generic one for unknown images.
    """
    name = image.rpartition("/")[2].partition("@")[0].partition(":")[0]
    return _BY_IMAGE.get(name, GENERIC)
