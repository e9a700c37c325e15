"""Roles of text, which style sheets style and themes colour."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import ClassVar, TypeAlias, TypeVar, cast

import rich.style
from textual.app import App
from textual.content import Content
from textual.style import Style
from textual.widget import Widget

from stsview.text.terminal_text import safe


class Role(StrEnum):
    """The role of a piece of text; `strong` is the bold form of the same colour."""

    TEXT = "text"
    DIM = "dim"
    HEADING = "heading"
    """Titles of columns and panels: dim and bold."""
    BRIGHT = "bright"
    STRONG = "strong"
    """Bright and bold: names and key words."""
    ACCENT = "accent"
    KEY = "key"
    """Keys to press."""
    BADGE = "badge"
    """Bold on the accent colour: the name of the program, and a marked part of a line."""
    READY = "ready"
    READY_STRONG = "ready-strong"
    PROGRESSING = "progressing"
    PROGRESSING_STRONG = "progressing-strong"
    WARNING = "warning"
    WARNING_STRONG = "warning-strong"
    DEGRADED = "degraded"
    DEGRADED_STRONG = "degraded-strong"
    TERMINATING = "terminating"
    TERMINATING_STRONG = "terminating-strong"
    SERIES_1 = "series-1"
    """The first of the colours that tell the ordinals of a merged log apart; they mean nothing else."""
    SERIES_2 = "series-2"
    SERIES_3 = "series-3"
    SERIES_4 = "series-4"
    SERIES_5 = "series-5"
    SERIES_6 = "series-6"
    LINE = "line"
    """Drawn rather than read: rules, the empty part of a bar."""

    @property
    def strong(self) -> Role:
        """The bold form; the role itself if it has none or is bold already."""
        return _STRONG.get(self, self)

    @property
    def css_class(self) -> str:
        """The component class of this role in style sheets."""
        return f"role--{self.value}"


_STRONG = {
    Role.TEXT: Role.STRONG,
    Role.BRIGHT: Role.STRONG,
    Role.DIM: Role.HEADING,
    Role.ACCENT: Role.KEY,
    Role.READY: Role.READY_STRONG,
    Role.PROGRESSING: Role.PROGRESSING_STRONG,
    Role.WARNING: Role.WARNING_STRONG,
    Role.DEGRADED: Role.DEGRADED_STRONG,
    Role.TERMINATING: Role.TERMINATING_STRONG,
}

SERIES = (Role.SERIES_1, Role.SERIES_2, Role.SERIES_3, Role.SERIES_4, Role.SERIES_5, Role.SERIES_6)
"""The colours of ordinals, in turn."""

Span: TypeAlias = tuple[str, Role]
Spans: TypeAlias = tuple[Span, ...]
"""One line: pieces of text with their roles. Texts may contain anything; drawing makes them safe."""

R = TypeVar("R")


class RolesApp(App[R]):
    """An app whose widgets draw spans.

    It resolves the style of each role once for all of them.

    Roles are component classes of the app, not of the widgets: Textual resolves component classes again for every
    widget, which took a third of the time to open a screen.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {role.css_class for role in Role}

    def __init__(self) -> None:
        self._role_styles: dict[Role, Style] = {}
        self._rich_role_styles: dict[Role, rich.style.Style] = {}
        super().__init__()

    @property
    def role_styles(self) -> dict[Role, Style]:
        """The style of each role in the current theme.

        Where a role sets no colour, that of the background.
        """
        if not self._role_styles:
            # get_visual_style leaves out backgrounds and `reverse` of partial styles (Textual 8.2.8).
            self._role_styles = {role: Style.from_styles(self.get_component_styles(role.css_class)) for role in Role}
        return self._role_styles

    @property
    def rich_role_styles(self) -> dict[Role, rich.style.Style]:
        """The same as Rich styles, for segments."""
        if not self._rich_role_styles:
            self._rich_role_styles = {
                role: self.get_component_styles(role.css_class).partial_rich_style for role in Role
            }
        return self._rich_role_styles

    def notify_style_update(self) -> None:
        self._role_styles = {}
        self._rich_role_styles = {}
        super().notify_style_update()


def role_style(widget: Widget, role: Role) -> Style:
    """The style of `role` in the current theme; `widget` must belong to a `RolesApp`.

    Do not cache it across renders: it changes with the theme.
    """
    return _app(widget).role_styles[role]


def rich_role_styles(widget: Widget) -> dict[Role, rich.style.Style]:
    """Rich styles of all roles, for segments; see `role_style`."""
    return _app(widget).rich_role_styles


def _app(widget: Widget) -> RolesApp[object]:
    return cast("RolesApp[object]", widget.app)


def paint(widget: Widget, spans: Iterable[Span]) -> Content:
    """Spans as content for `widget.render()`, made safe and not parsed as markup."""
    return Content.assemble(*((safe(text), role_style(widget, role)) for text, role in spans))


def plain(spans: Iterable[Span]) -> str:
    """The text alone, unchanged: for copying, never for drawing."""
    return "".join(text for text, _ in spans)
