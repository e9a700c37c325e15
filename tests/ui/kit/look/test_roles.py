from __future__ import annotations

from stsview.ui.kit.look.roles import Role
from stsview.ui.kit.look.themes import COLOUR_BLIND, DARK
from stsview.ui.kit.widgets.span_lines import SpanLines
from tests.support.ui.stage import Stage, style_at, wait_for


async def test_roles_follow_the_theme_with_the_same_background() -> None:
    assert DARK.ground == COLOUR_BLIND.ground
    assert DARK.ready != COLOUR_BLIND.ready
    app = Stage(SpanLines([(("Ready", Role.READY),)]))
    async with app.run_test() as pilot:

        def shown() -> str:
            colour = style_at(app, 0, 0).color
            return "" if colour is None else colour.name

        await wait_for(pilot, lambda: shown() == DARK.ready, "the colour of the dark theme")
        app.theme = "stsview-colour-blind"
        await wait_for(pilot, lambda: shown() == COLOUR_BLIND.ready, "that of the other")
