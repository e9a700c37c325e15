"""The configuration file: its keys, and how it is read, explained, and written."""

from stsview.config.reading import BadConfiguration, load
from stsview.config.schema import MOST_NAMESPACES, AcknowledgedFindings, Configuration

__all__ = ["MOST_NAMESPACES", "AcknowledgedFindings", "BadConfiguration", "Configuration", "load"]
