"""A recording of a simulated cluster over real HTTP replays to what was seen."""

from __future__ import annotations

import gzip
import json
import os
from datetime import timedelta
from pathlib import Path

import pytest

from stsview.live.errors import CannotRecord, CannotStart
from stsview.live.live import Live
from stsview.live.recording.recorder import Recorder
from stsview.live.replay.player import Moment, Player
from stsview.live.replay.reader import Recording
from stsview.live.snapshot import Link, Snapshot
from stsview.live.target import KubeconfigTarget
from stsview.model.settings import ModelSettings
from stsview.model.views import Fleet
from stsview.objects.kinds import PODS as PODS_KIND
from stsview.objects.meta import Key
from stsview.objects.stream_messages import Applied, Batch
from stsview.simulator.apiserver.resources import PODS
from tests.live.conftest import Rig
from tests.live.conftest import rig as rig
from tests.live.test_live import SlowWatch
from tests.support.model.build import at as instant
from tests.support.model.build import pod
from tests.support.paths import HISTORIES
from tests.support.simulator.clusters import together

NOW = instant(0)


def recording_live(rig: Rig, recorder: Recorder | None) -> Live:
    target = KubeconfigTarget(str(rig.folder / "kubeconfig"), namespaces=())
    return Live(target, clock=rig.clock, rng=rig.rng(), recorder=recorder)


def player_of(path: Path) -> Player:
    return Player(Recording(path), ModelSettings())


def published(seen: list[Snapshot]) -> dict[str, Fleet]:
    """The last fleet at each time at which one was published."""
    return {snapshot.now.isoformat(): snapshot.fleet for snapshot in seen if snapshot.changed}


def replayed(player: Player) -> dict[str, Fleet]:
    return {moment.at.isoformat(): player.store.fleet for moment in player.moments()}


async def test_every_picture_is_replayed_at_its_time(rig: Rig, tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "recording.gz")
    cluster = await rig.cluster("rollout")
    live = recording_live(rig, recorder)
    async with rig.running(live) as seen:
        await rig.until(lambda: live.snapshot.health.link is Link.LIVE, "a live picture")
        await rig.pass_time(40)
        cluster.server.cut_connections()
        await rig.pass_time(20)
        # Lists are read again: what vanished meanwhile is in none of their events.
        cluster.server.expire_watches()
        await rig.pass_time(40)
        recorder.end(live.now())
    player = player_of(recorder.path)
    then = replayed(player)
    assert len(published(seen)) > 20
    for at, fleet in published(seen).items():
        assert then[at].sets == fleet.sets
    assert player.part.context == live.snapshot.scope.context
    assert player.last_at == live.now()
    assert not recorder.problem


async def test_time_can_be_turned_back(rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stsview.live.replay.player._KEYFRAME_LINES", 10)
    monkeypatch.setattr("stsview.live.replay.player._LINES_PER_SET", 0)
    recorder = Recorder(tmp_path / "recording.gz")
    await rig.cluster("rollout")
    live = recording_live(rig, recorder)
    async with rig.running(live):
        await rig.until(lambda: live.snapshot.health.link is Link.LIVE, "a live picture")
        await rig.pass_time(60)
        recorder.end(live.now())
    straight = player_of(recorder.path)
    moments: list[tuple[Moment, Fleet]] = [(moment, straight.store.fleet) for moment in straight.moments()]
    player = player_of(recorder.path)
    player.play()
    assert len(player._keyframes) > 3
    for moment, fleet in [*reversed(moments[10::7]), *moments[::11]]:
        player.seek(moment.at)
        # Of several moments at one time, the last one counts.
        last = [one for other, one in moments if other.at == moment.at][-1]
        assert player.store.fleet.sets == last.sets, moment.at
        assert fleet.sets.keys() == player.store.fleet.sets.keys()


async def test_a_recording_that_begins_later_begins_with_what_is_held(rig: Rig, tmp_path: Path) -> None:
    await rig.cluster("rollout")
    live = recording_live(rig, None)
    async with rig.running(live):
        await rig.until(lambda: live.snapshot.health.link is Link.LIVE, "a live picture")
        await rig.pass_time(20)
        path = tmp_path / "recording.gz"
        await live.record(path)
        await rig.pass_time(30)
        assert live.snapshot.health.recorded_in == "recording.gz"
        live.did("restart zookeeper", "root@db-7")
        with pytest.raises(CannotRecord, match="exists"):
            await live.record(path)
        await live.record(None)
        await rig.pass_time(1)
        assert live.snapshot.health.recorded_in == ""
        fleet = live.snapshot.fleet
    player = player_of(path)
    notes = [note for moment in player.moments() for note in moment.notes]
    assert {key: view.severity for key, view in player.store.fleet.sets.items()} == {
        key: view.severity for key, view in fleet.sets.items()
    }
    assert [(note.text, note.by) for note in notes] == [("restart zookeeper", "root@db-7")]


async def test_what_looks_like_a_credential_is_not_recorded(rig: Rig, tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "recording.gz")
    cluster = await rig.cluster()

    def annotate(pod: dict[str, dict[str, dict[str, str]]]) -> None:
        pod["metadata"]["annotations"] = {"example.com/start": "serve --password=hunter22"}

    cluster.storage.modify(PODS, "default", "zookeeper-1", annotate, manager="kubectl")
    live = recording_live(rig, recorder)
    async with rig.running(live):
        await rig.until(lambda: live.snapshot.health.link is Link.LIVE, "a live picture")
        recorder.end(live.now())
    text = gzip.decompress(recorder.path.read_bytes()).decode()
    assert "example.com/start" in text
    assert "hunter22" not in text
    assert recorder.path.stat().st_mode & 0o777 == 0o600


async def test_only_chosen_namespaces_are_shown(rig: Rig, tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "recording.gz")
    await rig.cluster(together("crash-loop", "broken-rollout"))
    live = recording_live(rig, recorder)
    async with rig.running(live):
        await rig.until(lambda: live.snapshot.health.link is Link.LIVE, "a live picture")
        recorder.end(live.now())
    player = Player(Recording(recorder.path), ModelSettings(), ("data",))
    player.play()
    assert {key.namespace for key in player.store.fleet.sets} == {"data"}
    player.show(())
    player.play()
    assert Key("mq", "kafka") in player.store.fleet.sets


def recorded(folder: Path, *lines: str) -> Path:
    path = folder / "recording.gz"
    header = '{"recording":"stsview/v1","start":"2026-01-01T00:00:00Z"}'
    path.write_bytes(gzip.compress("\n".join((header, *lines, "")).encode()))
    return path


def test_an_existing_file_is_not_overwritten(tmp_path: Path) -> None:
    path = recorded(tmp_path)
    before = path.read_bytes()
    with pytest.raises(CannotRecord, match=r"recording.gz exists: name a new file"):
        Recorder(path)
    assert path.read_bytes() == before
    with pytest.raises(CannotRecord, match="cannot be written: No such file or directory"):
        Recorder(tmp_path / "missing" / "recording.gz")


async def test_a_full_disk_ends_the_recording_alone(rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    monkeypatch.setattr("stsview.live.recording.recorder.os.open", lambda *_: full)
    recorder = Recorder(tmp_path / "recording.gz")
    monkeypatch.undo()
    await rig.cluster()
    live = recording_live(rig, recorder)
    async with rig.running(live):
        await rig.until(lambda: live.snapshot.health.link is Link.LIVE, "a live picture")
        recorder.close()
    assert recorder.problem.endswith("cannot be written: No space left on device")


@pytest.mark.parametrize("cut", [1, 200, 2_000])
async def test_what_a_killed_process_left_is_read(rig: Rig, tmp_path: Path, cut: int) -> None:
    recorder = Recorder(tmp_path / "recording.gz")
    await rig.cluster()
    live = recording_live(rig, recorder)
    async with rig.running(live):
        await rig.until(lambda: live.snapshot.health.link is Link.LIVE, "a live picture")
        recorder.end(live.now())
    path = tmp_path / "cut.gz"
    path.write_bytes(recorder.path.read_bytes()[:-cut])
    recording = Recording(path)
    assert len(list(recording.lines())) > 10
    assert recording.truncated


def test_lines_that_are_not_as_they_should_be_are_skipped(tmp_path: Path) -> None:
    pod = json.dumps({"metadata": {"name": 7}})
    path = recorded(
        tmp_path,
        "{",
        '{"t":"soon"}',
        "\x00\x1b[2J",
        '{"t":1,"kind":"pods","event":{"type":"ADDED","object":' + pod + "}}",
        '{"t":1,"kind":"unknown","event":{"type":"ADDED","object":{}}}',
        '{"t":2,"mark":"here"}',
        '{"t":2,"flush":true,"later":{}}',
    )
    player = player_of(path)
    moments = list(player.moments())
    assert [note.text for moment in moments for note in moment.notes] == ["here"]
    assert player.last_at == player.start + timedelta(seconds=2)


@pytest.mark.parametrize(
    "content",
    [b"", b"no gzip", gzip.compress(b"{}"), gzip.compress(b'{"recording":7}\n')],
    ids=["empty", "no gzip", "no header", "wrong header"],
)
def test_another_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other"
    path.write_bytes(content)
    with pytest.raises(CannotStart, match="is not a recording: make one with stsview --record FILE"):
        Recording(path)
    with pytest.raises(CannotStart, match="cannot be read: No such file"):
        Recording(tmp_path / "missing")
    path.write_bytes(gzip.compress(b'{"recording":"stsview/v9","start":"2026-01-01T00:00:00Z"}\n'))
    with pytest.raises(CannotStart, match="is a recording of another version of stsview: stsview/v9"):
        Recording(path)


def test_what_a_later_list_omits_is_recorded_as_deleted(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "recording.gz")
    both = tuple(Applied(pod(ordinal)) for ordinal in range(2))
    recorder.apply(Batch(PODS_KIND, both, replace=True), NOW)
    recorder.apply(Batch(PODS_KIND, both[:1], replace=True), NOW)
    recorder.end(NOW)
    events = [line.event for line in Recording(recorder.path).lines() if line.event is not None]
    assert [one.type for one in events] == ["ADDED", "ADDED", "MODIFIED", "DELETED"]
    assert json.loads(bytes(events[-1].object))["metadata"]["uid"] == "web-1-uid"


@pytest.mark.parametrize("name", ["quota", "dead-node", "broken-rollout-deadlock"])
def test_first_sightings_are_kept_when_time_is_turned_back(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stsview.live.replay.player._KEYFRAME_LINES", 10)
    monkeypatch.setattr("stsview.live.replay.player._LINES_PER_SET", 0)
    path = HISTORIES / f"{name}.jsonl.gz"
    straight, player = player_of(path), player_of(path)
    fleets = {moment.at: straight.store.fleet.sets for moment in straight.moments()}
    player.play()
    for at, sets in reversed(list(fleets.items())[::7]):
        player.seek(at)
        assert player.store.fleet.sets == sets, at


async def test_a_recording_ends_by_the_time_of_the_server(rig: Rig, tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "recording.gz")
    await rig.cluster()
    target = KubeconfigTarget(str(rig.folder / "kubeconfig"), namespaces=())
    live = Live(target, clock=SlowWatch(rig.clock), rng=rig.rng(), recorder=recorder)
    async with rig.running(live):
        await rig.until(lambda: live.snapshot.health.link is Link.LIVE, "a live picture")
        await rig.pass_time(20)
        now = live.now()
    player = player_of(recorder.path)
    player.play()
    assert player.last_at == now
    assert player.now == now, "the local clock is an hour behind"
