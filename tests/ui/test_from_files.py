"""The dashboard over files: it says so, time stands still, and nothing can be changed."""

from __future__ import annotations

from datetime import UTC

from stsview.live.files.file_target import FileTarget
from stsview.model.settings import ModelSettings
from stsview.ui.app import StsviewApp
from tests.support.paths import REPORTS
from tests.support.ui.stage import screen_lines, wait_for


async def test_the_dashboard_over_a_file() -> None:
    source = FileTarget((str(REPORTS / "dangling.json"),)).open(ModelSettings())
    app = StsviewApp(source, zone=UTC)
    (view,) = source.snapshot.fleet.sets.values()

    def shows(text: str) -> bool:
        return text in "\n".join(screen_lines(app))

    async with app.run_test(size=(140, 40), notifications=True) as pilot:
        await wait_for(pilot, lambda: shows(view.name), "the set is shown")
        first = screen_lines(app)[0]
        assert "from a file, as of 2026-11-30" in first
        assert "read-only" in first
        assert "live" not in first
        before = screen_lines(app)
        app.tick()
        await pilot.pause()
        assert screen_lines(app) == before

        await pilot.press("s")
        await wait_for(pilot, lambda: shows("scale: the data comes from a file"), "the refusal")
        await pilot.press("enter")
        await wait_for(pilot, lambda: shows(view.findings[0].headline[:30]), "the set is open")
        await pilot.press("ctrl+d")
        await wait_for(pilot, lambda: shows("delete: the data comes from a file"), "the refusal")
        await pilot.press("e")
        await wait_for(pilot, lambda: shows("FailedAttachVolume"), "its events")
        await pilot.press("escape", "y")
        await wait_for(pilot, lambda: shows("kind: "), "its YAML")
        await pilot.press("escape", "d")
        await wait_for(pilot, lambda: shows("Describe") or shows("SCHEDULING"), "its description")
        await pilot.press("escape", "l")
        await wait_for(pilot, lambda: shows("logs are not in the files"), "why there is no log")
        await pilot.press("escape", "escape", "f")
        await wait_for(pilot, lambda: shows(view.findings[0].headline[:30]), "the findings")
        await pilot.press("escape", "C")
        await wait_for(pilot, lambda: shows("dangling.json"), "the only context")
    assert not app.failure
