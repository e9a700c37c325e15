from __future__ import annotations

import pytest
from textual.widgets import Static

from stsview.model.states import Health
from stsview.ui.kit.clipboard import copy
from stsview.ui.kit.toast import toast
from tests.support.ui.hostile import SAMPLES, harmful
from tests.support.ui.stage import Stage, screen_lines, wait_for


def shown(app: Stage) -> str:
    return "\n".join(screen_lines(app))


async def test_copied_text_is_shown() -> None:
    app = Stage(Static())
    async with app.run_test(size=(80, 20), notifications=True) as pilot:
        copy(app, "zookeeper-0.zk-hs.default.svc.cluster.local", "DNS name")
        assert app.clipboard == "zookeeper-0.zk-hs.default.svc.cluster.local"
        await wait_for(pilot, lambda: "zookeeper-0.zk-hs.default" in shown(app), "the copied text")
        assert "copied DNS name" in shown(app)


async def test_copied_control_characters_are_replaced() -> None:
    app = Stage(Static())
    async with app.run_test(size=(80, 20), notifications=True) as pilot:
        copy(app, "name\x1b[201~rm -rf\r\x9b\x00 \\\n  --next", "command")
        await pilot.pause()
        assert app.clipboard == "name␛[201~rm -rf\n�␀ \\\n  --next"


@pytest.mark.parametrize("health", [Health.DEGRADED, Health.WARNING, Health.NEUTRAL])
async def test_a_toast_does_not_parse_markup(health: Health) -> None:
    app = Stage(Static())
    async with app.run_test(size=(100, 20), notifications=True) as pilot:
        toast(app, "pod [/red] a[b=c]d [@click=app.quit]x[/]", title="[/", health=health)
        await wait_for(pilot, lambda: "pod [/red] a[b=c]d [@click=app.quit]x[/]" in shown(app), "the message")
        assert "[/" in shown(app)


async def test_hostile_text_in_toasts() -> None:
    app = Stage(Static())
    async with app.run_test(size=(100, 60), notifications=True) as pilot:
        for sample in SAMPLES:
            toast(app, sample, title=sample[:30])
        await pilot.pause()
        assert not harmful("".join(screen_lines(app)))
        assert app.is_running
