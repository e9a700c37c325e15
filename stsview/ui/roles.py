"""What a piece of text is for. Widgets say roles, `styles/roles.tcss` how each looks, and a theme gives the colours."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import TypeAlias

from textual.content import Content
from textual.style import Style
from textual.widget import Widget

from stsview.ui.text import safe


class Role(StrEnum):
    """The part that a piece of text plays on the screen; `strong` is the bold form of the same colour."""

    TEXT = "text"
    DIM = "dim"
    HEADING = "heading"
    """Titles of columns and panels: dim and bold."""
    BRIGHT = "bright"
    STRONG = "strong"
    """Bright and bold: names, and the words that tell."""
    ACCENT = "accent"
    KEY = "key"
    """Keys that can be pressed."""
    BADGE = "badge"
    """Bold on the accent colour: the name of the program, and a marked piece of a line."""
    READY = "ready"
    READY_STRONG = "ready-strong"
    MOVING = "moving"
    MOVING_STRONG = "moving-strong"
    WARNING = "warning"
    WARNING_STRONG = "warning-strong"
    BROKEN = "broken"
    BROKEN_STRONG = "broken-strong"
    GOING = "going"
    GOING_STRONG = "going-strong"
    LINE = "line"
    """What is drawn rather than read: rules, the empty part of a bar."""

    @property
    def strong(self) -> Role:
        """The bold form; roles that have none, or are bold already, stay what they are."""
        return _STRONG.get(self, self)

    @property
    def css_class(self) -> str:
        """The component class under which style sheets know this role."""
        return f"role--{self.value}"


_STRONG = {
    Role.TEXT: Role.STRONG,
    Role.BRIGHT: Role.STRONG,
    Role.DIM: Role.HEADING,
    Role.ACCENT: Role.KEY,
    Role.READY: Role.READY_STRONG,
    Role.MOVING: Role.MOVING_STRONG,
    Role.WARNING: Role.WARNING_STRONG,
    Role.BROKEN: Role.BROKEN_STRONG,
    Role.GOING: Role.GOING_STRONG,
}

Span: TypeAlias = tuple[str, Role]
Spans: TypeAlias = tuple[Span, ...]
"""One line: pieces of text and what each is for. The texts may be anything; who draws them makes them safe."""

ROLE_CLASSES: set[str] = {role.css_class for role in Role}
"""To be part of the COMPONENT_CLASSES of each widget that draws spans."""


def role_style(widget: Widget, role: Role) -> Style:
    """How `role` looks inside `widget` now; `widget` must have ROLE_CLASSES among its COMPONENT_CLASSES.

    The style changes with the theme, so take it when you render and do not keep it.
    """
    # get_visual_style leaves out backgrounds and `reverse` of partial styles (Textual 8.2.8).
    return Style.from_styles(widget.get_component_styles(role.css_class))


def paint(widget: Widget, spans: Iterable[Span]) -> Content:
    """Spans as content for `widget.render()`, with every text made safe to draw and none parsed as markup."""
    return Content.assemble(*((safe(text), role_style(widget, role)) for text, role in spans))


def plain(spans: Iterable[Span]) -> str:
    """The text alone, as it came: for copying, never for drawing."""
    return "".join(text for text, _ in spans)
