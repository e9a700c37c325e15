"""What a piece of text is for. Widgets say roles, `styles/roles.tcss` how each looks, and a theme gives the colours."""

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
    PROGRESSING = "progressing"
    PROGRESSING_STRONG = "progressing-strong"
    WARNING = "warning"
    WARNING_STRONG = "warning-strong"
    DEGRADED = "degraded"
    DEGRADED_STRONG = "degraded-strong"
    TERMINATING = "terminating"
    TERMINATING_STRONG = "terminating-strong"
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
    Role.PROGRESSING: Role.PROGRESSING_STRONG,
    Role.WARNING: Role.WARNING_STRONG,
    Role.DEGRADED: Role.DEGRADED_STRONG,
    Role.TERMINATING: Role.TERMINATING_STRONG,
}

Span: TypeAlias = tuple[str, Role]
Spans: TypeAlias = tuple[Span, ...]
"""One line: pieces of text and what each is for. The texts may be anything; who draws them makes them safe."""

R = TypeVar("R")


class RolesApp(App[R]):
    """An app whose widgets draw spans: it knows how each role looks, which is the same in all of them.

    They are no component classes of the widgets, because Textual resolves those anew for each widget whenever its
    styles are looked up: of opening a screen that took a third of the time.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {role.css_class for role in Role}

    def __init__(self) -> None:
        self._looks: dict[Role, Style] = {}
        self._rich_looks: dict[Role, rich.style.Style] = {}
        super().__init__()

    @property
    def looks(self) -> dict[Role, Style]:
        """How each role looks now: colours of its own, and those of the ground where it has none."""
        if not self._looks:
            # get_visual_style leaves out backgrounds and `reverse` of partial styles (Textual 8.2.8).
            self._looks = {role: Style.from_styles(self.get_component_styles(role.css_class)) for role in Role}
        return self._looks

    @property
    def rich_looks(self) -> dict[Role, rich.style.Style]:
        """The same for what is drawn in segments."""
        if not self._rich_looks:
            self._rich_looks = {role: self.get_component_styles(role.css_class).partial_rich_style for role in Role}
        return self._rich_looks

    def notify_style_update(self) -> None:
        self._looks = {}
        self._rich_looks = {}
        super().notify_style_update()


def role_style(widget: Widget, role: Role) -> Style:
    """How `role` looks now; `widget` must be in a `RolesApp`.

    The style changes with the theme, so take it when you render and do not keep it.
    """
    return _app(widget).looks[role]


def rich_role_styles(widget: Widget) -> dict[Role, rich.style.Style]:
    """How all roles look now, for segments; as `role_style`."""
    return _app(widget).rich_looks


def _app(widget: Widget) -> RolesApp[object]:
    return cast("RolesApp[object]", widget.app)


def paint(widget: Widget, spans: Iterable[Span]) -> Content:
    """Spans as content for `widget.render()`, with every text made safe to draw and none parsed as markup."""
    return Content.assemble(*((safe(text), role_style(widget, role)) for text, role in spans))


def plain(spans: Iterable[Span]) -> str:
    """The text alone, as it came: for copying, never for drawing."""
    return "".join(text for text, _ in spans)
