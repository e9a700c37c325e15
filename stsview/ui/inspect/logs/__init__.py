"""Logs of a container."""
