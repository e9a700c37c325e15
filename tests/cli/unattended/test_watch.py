"""`stsview watch`: findings of a simulated cluster as they begin, change and end."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

import pytest
from rich.text import Text

from stsview.cli.commands.watch import watch
from stsview.cli.output.console import Console
from stsview.cli.support.errors import CommandError
from stsview.cli.support.select_sets import SetSelection
from stsview.cli.unattended.observer import EventType, WatchEvent
from stsview.cli.unattended.watch_output import JsonEvents, TextEvents, WatchOutput
from stsview.live.snapshot import CURRENT, Snapshot
from stsview.live.target import KubeconfigTarget
from stsview.model.finding import Level
from stsview.model.settings import ModelSettings
from stsview.simulator.apiserver.auth.rbac import VIEW, Rule
from stsview.simulator.apiserver.resources import STATEFUL_SETS
from tests.live.conftest import Rig
from tests.support.cli.checking import Terminal, target_of

BROKEN, GOOD = "zookeeper:3.8.l", "zookeeper:3.9.3"


class Watched:
    """A watch in the background, with what it showed."""

    def __init__(self, outputs: Sequence[WatchOutput]) -> None:
        self.events: list[WatchEvent] = []
        self.links: list[bool] = []
        self._text, self._json = io.StringIO(), io.StringIO()
        self._outputs: tuple[WatchOutput, ...] = (TextEvents(Console(self._text)), JsonEvents(self._json), *outputs)

    def show(self, event: WatchEvent, snapshot: Snapshot) -> None:
        self.events.append(event)
        self.links.append(snapshot.health.link in CURRENT)
        for output in self._outputs:
            output.show(event, snapshot)

    def has(self, type_: EventType, rule: str = "") -> bool:
        return any(
            event.type is type_ and (event.finding.rule if event.finding is not None else "") == rule
            for event in self.events
        )

    @property
    def lines(self) -> list[str]:
        """Without times."""
        return [line.partition(" UTC  ")[2] for line in self._text.getvalue().splitlines()]

    @property
    def documents(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self._json.getvalue().splitlines()]


@asynccontextmanager
async def watching(
    rig: Rig, *names: str, lowest: Level = Level.NOTICE, user: str = "", outputs: Sequence[WatchOutput] = ()
) -> AsyncIterator[Watched]:
    watched = Watched(outputs)
    target = KubeconfigTarget(str(rig.folder / user), namespaces=()) if user else target_of(rig)
    begun: list[str] = []
    task = asyncio.create_task(
        watch(target, ModelSettings(), SetSelection.of(names, None), lowest, watched, rig.clock, begun.append)
    )
    try:
        await rig.until(lambda: bool(begun) or task.done(), "the first picture")
        if task.done():
            task.result()
        yield watched
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_findings_begin_and_end_but_not_while_the_server_is_away(rig: Rig) -> None:
    cluster = await rig.cluster("zookeeper")
    async with watching(rig) as watched:
        assert watched.events == [], "nothing is wrong at first"
        cluster.images.missing.add(BROKEN)
        cluster.set_image("default", "zookeeper", BROKEN)
        await rig.until(lambda: watched.has(EventType.BEGAN, "image-not-pulled"), "the finding")
        cluster.server.faults.stall()
        await rig.until(lambda: watched.has(EventType.LOST), "the loss of the connection")
        cluster.storage.delete(STATEFUL_SETS, "default", "zookeeper", propagation="Background")
        await rig.pass_time(30)
        assert not watched.has(EventType.ENDED, "image-not-pulled")
        cluster.server.faults.resume()
        await rig.until(lambda: watched.has(EventType.ENDED, "image-not-pulled"), "the end of the finding")
    types = [event.type for event in watched.events]
    lost = types.index(EventType.LOST)
    assert types[lost : lost + 2] == [EventType.LOST, EventType.RESTORED], "nothing happens between the two"
    ended = next(event for event in watched.events if event.type is EventType.ENDED)
    assert ended.reason == "the StatefulSet no longer exists"

    began = next(line for line in watched.lines if "image-not-pulled" in line)
    assert began.startswith(f"began     ✖ default/zookeeper-2  image {BROKEN} cannot be pulled  (error, image-not-pull")
    assert any(
        line.startswith(f"ended     ✔ default/zookeeper-2  image {BROKEN} cannot be pulled  (error, image-not-pulled, ")
        and line.endswith("): the StatefulSet no longer exists")
        for line in watched.lines
    )
    fields = {"apiVersion", "kind", "context", "time", "event", "set", "finding", "formerLevel", "reason"}
    assert all(fields <= document.keys() for document in watched.documents)
    assert [document["event"] for document in watched.documents] == [type_.value for type_ in types]
    began_document = next(document for document in watched.documents if document["event"] == "began")
    assert began_document["set"] == {"namespace": "default", "name": "zookeeper"}


async def test_a_revoked_permission_makes_sets_unknown_and_ends_nothing(rig: Rig) -> None:
    cluster = await rig.cluster("broken-rollout")
    user = cluster.server.users["nobody"]
    user.granted += VIEW
    cluster.server.write_kubeconfig(rig.folder / "viewer", user="nobody")
    async with watching(rig, lowest=Level.ERROR, user="viewer") as watched:
        await rig.until(lambda: watched.has(EventType.PRESENT, "revision-deadlock"), "the finding of the first picture")
        assert all(event.finding is None or event.finding.level is Level.ERROR for event in watched.events)
        user.denied.append(Rule(("*",), ("",), ("pods",)))
        cluster.server.cut_connections()
        await rig.until(lambda: watched.has(EventType.UNKNOWN), "the set to be unknown", step=0.5)
        user.denied.append(Rule(("*",), ("apps",), ("statefulsets",)))
        cluster.server.cut_connections()
        await rig.until(lambda: watched.has(EventType.LOST), "the loss of all sets", step=0.5)
        user.denied.clear()
        await rig.until(lambda: watched.has(EventType.KNOWN), "the set to be known again", step=0.5)
    assert not any(event.type is EventType.ENDED for event in watched.events)
    assert {event.type for event in watched.events if event.finding is not None} == {EventType.PRESENT}
    unknown = next(line for line in watched.lines if line.startswith("unknown"))
    assert "data/mongodb  cannot be judged" in unknown
    assert "you may not list and watch pods" in unknown


async def test_a_terminal_gets_whole_words_and_each_day_once(rig: Rig) -> None:
    await rig.cluster("zone-lost")
    terminal = Terminal()
    async with watching(rig, "vault", outputs=[TextEvents(Console(terminal, width=80))]) as watched:
        await rig.until(lambda: watched.has(EventType.PRESENT, "volume-out-of-reach"), "the findings")
    day, *lines = Text.from_ansi(terminal.getvalue()).plain.splitlines()
    assert day == "2026-01-01, times in UTC"
    assert max(map(len, lines)) <= 80
    first = lines[0].partition("  ")[2]
    assert first == "present   ✖ infra/vault-2  unschedulable: its volume is only reachable"
    assert lines[1].startswith(" " * 22 + "from ")


async def test_an_unknown_set_is_refused_at_the_start(rig: Rig) -> None:
    await rig.cluster("zookeeper")
    with pytest.raises(CommandError, match="No StatefulSet zokeeper in any namespace; did you mean default/zookeeper"):
        async with watching(rig, "zokeeper"):
            pass


async def test_acknowledging_ends_a_finding_for_one_who_wants_warnings_only(rig: Rig) -> None:
    cluster = await rig.cluster("broken-rollout")

    def acknowledge(stateful: dict[str, dict[str, dict[str, str]]]) -> None:
        stateful["metadata"].setdefault("annotations", {})["stsview.io/acknowledge"] = "revision-deadlock"

    async with watching(rig, "mongodb", lowest=Level.WARNING) as watched, watching(rig) as all_levels:
        cluster.edit(STATEFUL_SETS, "data", "mongodb", acknowledge)
        await rig.until(lambda: watched.has(EventType.ENDED, "revision-deadlock"), "the end")
        await rig.until(lambda: all_levels.has(EventType.CHANGED, "revision-deadlock"), "the change")
    assert any(line.endswith("): acknowledged") for line in watched.lines if line.startswith("ended"))
    assert any("(error, now notice, revision-deadlock" in line for line in all_levels.lines)
