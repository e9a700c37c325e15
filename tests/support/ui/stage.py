"""An app that holds the widget under test, with our styles and themes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar
from unittest.mock import patch

from rich.segment import Segment
from rich.style import Style
from textual._context import visible_screen_stack
from textual.app import App, ComposeResult
from textual.color import Color
from textual.pilot import Pilot
from textual.renderables.background_screen import BackgroundScreen
from textual.strip import Strip
from textual.widget import Widget

from stsview.ui.kit.look.roles import RolesApp
from stsview.ui.kit.look.stylesheets import stylesheets
from stsview.ui.kit.look.themes import use_themes


class Stage(RolesApp[None]):
    CSS_PATH: ClassVar[Any] = stylesheets()
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, *widgets: Widget, theme: str = "") -> None:
        super().__init__()
        use_themes(self, theme)
        self._widgets = widgets

    def compose(self) -> ComposeResult:
        yield from self._widgets


def screen_strips(app: App[Any]) -> Sequence[Strip]:
    """The screen as it is painted, with what it leaves visible of those below."""
    visible_screen_stack.set(app._background_screens)
    return app.screen._compositor.render_strips()


def screen_lines(app: App[Any]) -> list[str]:
    """The lines of the screen as sent to the terminal."""
    # Below a dialog each piece of text gets another colour, which took half of the time.
    with patch.object(BackgroundScreen, "process_segments", staticmethod(_as_it_is)):
        lines = ["".join(segment.text for segment in strip) for strip in screen_strips(app)]
    if app._background_screens:
        # The dialog keeps what it drew for the next picture.
        app.screen._set_dirty()
    return lines


def _as_it_is(segments: Iterable[Segment], color: Color) -> Iterable[Segment]:
    return segments


def style_at(app: App[Any], x: int, y: int) -> Style:
    """The style of one cell of the screen."""
    at = 0
    for segment in screen_strips(app)[y]:
        at += segment.cell_length
        if x < at:
            return segment.style or Style()
    raise AssertionError(f"there is no cell {x} in line {y}")


async def wait_for(pilot: Pilot[Any], expected: Callable[[], object], what: str) -> None:
    """Let the app work until `expected()` is true; fails with `what` when it does not come true."""
    for attempt in range(200):
        if expected():
            return
        # The rest waits for a timer, which takes real time.
        await pilot.pause(0.02 if attempt > 3 else None)
    raise AssertionError(f"did not happen: {what}\n" + "\n".join(screen_lines(pilot.app)))
