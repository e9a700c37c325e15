"""The configuration file: its keys, and how it is read, explained, and written."""

from stsview.config.reading import BadConfiguration, load
from stsview.config.schema import (
    MOST_NAMESPACES,
    AcknowledgedFindings,
    Configuration,
    FleetConfiguration,
    SetConfiguration,
)

__all__ = [
    "MOST_NAMESPACES",
    "AcknowledgedFindings",
    "BadConfiguration",
    "Configuration",
    "FleetConfiguration",
    "SetConfiguration",
    "load",
]
