"""Filters saved under a name in the configuration."""

from __future__ import annotations

from collections.abc import Mapping

from textual.dom import DOMNode


def saved_filters(node: DOMNode) -> Mapping[str, str]:
    """The filters of the app, by name."""
    saved: Mapping[str, str] = getattr(node.app, "saved_filters", {})
    return saved


def expanded(text: str, saved: Mapping[str, str]) -> str:
    """The filter that is saved under the name `text`, or under `@text`; else `text` itself."""
    return saved.get(text.removeprefix("@"), text)
