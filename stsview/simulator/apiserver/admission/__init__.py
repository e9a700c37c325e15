"""Admission: changes and refusals between defaulting and validation."""

from __future__ import annotations
