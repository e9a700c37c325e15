"""An incident from the first screen to its end, by the keys that the screen shows, on a simulated cluster."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import UTC
from pathlib import Path

from textual.pilot import Pilot

from stsview.actions.execution.audit_log import AuditLog
from stsview.actions.policy import Policy
from stsview.actions.service import ActionService
from stsview.live.live import Live
from stsview.live.snapshot import Link
from stsview.model.settings import ModelSettings
from stsview.model.views import SetView, Severity
from stsview.objects.meta import Key
from stsview.ui.app import StsviewApp
from tests.live.conftest import Rig
from tests.support.ui.stage import screen_lines

KAFKA = Key("mq", "kafka")

_NAMES = {"escape": "esc"}

_STEPS = 2000
"""Turns until a condition must hold; each lets time pass on the clock of the cluster."""


class Operator:
    """Reads the screen, and presses only keys that it shows."""

    def __init__(self, app: StsviewApp, pilot: Pilot[None], rig: Rig, live: Live) -> None:
        self._app = app
        self._pilot = pilot
        self._rig = rig
        self._live = live

    @property
    def lines(self) -> list[str]:
        return screen_lines(self._app)

    @property
    def kafka(self) -> SetView:
        return self._live.snapshot.fleet.sets[KAFKA]

    async def until(self, holds: Callable[[], bool], expected: str) -> None:
        for _ in range(_STEPS):
            if holds():
                return
            await self._rig.clock.advance(0.05)
            # Draws what has changed, and waits for threads, which take real time.
            await self._pilot.pause()
        raise AssertionError(f"waited in vain for: {expected}\n" + "\n".join(self.lines))

    async def sees(self, *texts: str) -> None:
        for text in texts:
            await self.until(lambda text=text: any(text in line for line in self.lines), repr(text))  # type: ignore[misc]

    async def press(self, key: str, does: str) -> None:
        """Press a key once it is in the key bar, or in the list of a dialog, with what it does.

        A narrow key bar shows the way back by its key alone.
        """
        shown = r"esc\s" if does == "back" else rf"{_NAMES.get(key, key)}\s+{re.escape(does)}"
        entry = re.compile(rf"(^|\s){shown}")
        await self.until(lambda: any(entry.search(line) for line in self.lines), f"{key} {does} on the screen")
        await self._pilot.press(key)


async def test_the_crash_of_kafka_is_found_undone_and_followed_to_the_end(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        rig = Rig(tmp_path, stack)
        await rig.cluster("tour")
        live = rig.live()
        changes = ActionService(
            live, AuditLog(tmp_path / "audit.jsonl"), ModelSettings(), rig.clock, lambda _: Policy()
        )
        app = StsviewApp(live, zone=UTC, monotonic=rig.clock.monotonic, action_service=changes)
        pilot = await stack.enter_async_context(app.run_test(size=(80, 24), notifications=True))
        operator = Operator(app, pilot, rig, live)
        await rig.until(lambda: live.snapshot.health.link is Link.LIVE, "data is live")
        await operator.sees("✖ 7 stuck", "waits for kafka-3")
        await operator.press("f", "findings")
        await operator.sees("▌✖ kafka-3: crash-looping (exit 1", "Unknown broker property 'log.dris'")
        await operator.press("enter", "open")
        former = operator.kafka.rollout.current
        await operator.sees(f"{former.removeprefix('kafka-')} ──▶", "Findings  1")
        await operator.press("t", "fix")
        await operator.press("1", "view logs of the previous run")
        await operator.sees("ERROR Exiting Kafka due to fatal exception")
        await operator.press("escape", "back")
        await operator.press("t", "fix")
        await operator.press("3", "▲ roll back the pod template and delete kafka-3")
        await operator.sees("Each pod is briefly down.", "3 delete kafka-3 (CrashLoopBackOff)")
        assert operator.kafka.severity is Severity.STUCK
        await operator.press("y", "confirm")
        # Nothing is drawn for each step of the clock: that would cost more than all the rest.
        await rig.until(lambda: operator.kafka.severity is Severity.HEALTHY, "kafka is healthy", step=2)
        await operator.sees("● done")
        await operator.press("escape", "close")
        await operator.sees("6 replicas", "up to date")
        assert not any("crash-loop" in line for line in operator.lines)
        await operator.press("escape", "back")
        await operator.sees("✖ 6 errors")
        await operator.press("escape", "back")
        await operator.sees("✖ 6 stuck", "● 11 healthy")
        assert {row.revision for row in operator.kafka.ordinals} == {former}
