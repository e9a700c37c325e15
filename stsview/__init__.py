"""stsview: an interactive terminal dashboard for Kubernetes StatefulSet operations."""

__version__ = "0.1.0"
