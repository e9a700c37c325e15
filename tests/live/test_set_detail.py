"""The detail of the open StatefulSet, over real HTTP."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace

from stsview.live.live import Live
from stsview.live.snapshot import Link
from stsview.model.cache.coverage import Coverage
from stsview.model.rollout.detail import SetDetail
from stsview.objects.meta import Key
from stsview.simulator.apiserver.faults.faults import Refusal
from stsview.simulator.apiserver.resources import EVENTS, STATEFUL_SETS
from stsview.simulator.cluster import SimulatedCluster
from tests.live.conftest import Rig
from tests.support.simulator.clusters import together

ZOOKEEPER, OPENLDAP = Key("default", "zookeeper"), Key("auth", "openldap")


def detail(live: Live) -> SetDetail:
    found = live.snapshot.detail
    assert found is not None
    return found


def is_read(live: Live, key: Key = ZOOKEEPER) -> bool:
    """Whether both parts of the detail are complete."""
    found = live.snapshot.detail
    return (
        found is not None
        and found.key == key
        and found.events_health.coverage.complete
        and found.revisions_health.coverage.complete
    )


def is_live(live: Live) -> bool:
    return live.snapshot.health.link is Link.LIVE and bool(live.snapshot.fleet.sets)


def about(cluster: SimulatedCluster, kind: str, name: str, namespace: str = "default", **more: Any) -> None:
    """Record an event."""
    found: dict[str, Any] = {"kind": kind, "namespace": namespace, "name": name}
    stamp = cluster.now().isoformat()
    event = {
        "metadata": {"name": f"{name}.{more.pop('said')}", "namespace": namespace},
        "involvedObject": found,
        "type": "Normal",
        "reason": "Said",
        "message": "",
        "firstTimestamp": stamp,
        "lastTimestamp": stamp,
        "count": 1,
        **more,
    }
    cluster.storage.create(EVENTS, event)


async def test_the_detail_has_events_and_recorded_revisions(rig: Rig) -> None:
    cluster = await rig.cluster("quota")
    live = rig.live()
    async with rig.running(live):
        await rig.until(lambda: is_live(live), "a live picture")
        assert live.snapshot.detail is None
        live.open(OPENLDAP)
        await rig.until(lambda: is_read(live, OPENLDAP), "the detail")
        for kind, name in (
            ("Pod", "openldap-0"),
            ("PersistentVolumeClaim", "data-openldap-1"),
            ("StatefulSet", "openldap"),
            ("Pod", "openldap"),
            ("Pod", "other-0"),
            ("PersistentVolumeClaim", "data-other-0"),
            ("Service", "openldap"),
        ):
            about(cluster, kind, name, "auth", said=kind.lower())
        await rig.until(lambda: len([one for one in detail(live).events if one.reason == "Said"]) >= 3, "what was said")
        said = {(one.kind, one.name) for one in detail(live).events if one.reason == "Said"}
        assert said == {
            ("Pod", "openldap-0"),
            ("PersistentVolumeClaim", "data-openldap-1"),
            ("StatefulSet", "openldap"),
        }
        refused = next(one for one in detail(live).events if one.reason == "FailedCreate")
        assert refused.warning
        assert refused.times > 1
        assert refused.first is not None
        assert refused.last is not None
        assert refused.first < refused.last
        lasts = [one.last for one in detail(live).events if one.last is not None]
        assert lasts == sorted(lasts)
        (recorded,) = detail(live).revisions
        assert recorded.number == 1
        assert recorded.template["spec"]["containers"][0]["image"] == "osixia/openldap:1.5.0"

        cluster.set_image("auth", "openldap", "osixia/openldap:1.6.0")
        await rig.until(lambda: len(detail(live).revisions) == 2, "the next revision")
        assert [one.number for one in detail(live).revisions] == [1, 2]
        newest = detail(live).revisions[-1].template
        assert newest["spec"]["containers"][0]["image"] == "osixia/openldap:1.6.0"


async def test_a_repeated_event_is_shown_within_two_flushes_and_counted(rig: Rig) -> None:
    cluster = await rig.cluster()
    live = rig.live()
    live.open(ZOOKEEPER)
    async with rig.running(live) as seen:
        await rig.until(lambda: is_live(live) and is_read(live), "a live picture and the detail")
        about(cluster, "Pod", "zookeeper-1", said="1")
        await rig.until(lambda: any(one.reason == "Said" for one in detail(live).events), "what was said")
        await rig.pass_time(2)
        seen.clear()
        cluster.storage.modify(
            EVENTS,
            "default",
            "zookeeper-1.1",
            lambda one: one.update(count=7, lastTimestamp=cluster.now().isoformat()),
        )
        changed_at = rig.clock.monotonic()
        await rig.until(lambda: bool(seen), "a snapshot of it", step=0.01)
        assert rig.clock.monotonic() - changed_at <= 0.25
        assert seen[0].changed == frozenset(), "no set changed by it"
        assert detail(live).events[-1].times == 7
        cluster.storage.remove_now(EVENTS, "default", "zookeeper-1.1")
        await rig.until(lambda: not any(one.reason == "Said" for one in detail(live).events), "it to be forgotten")


async def test_streams_stop_when_the_set_is_closed_however_fast_sets_change(rig: Rig) -> None:
    cluster = await rig.cluster(together("zookeeper", "quota", "not-headless", "broken-rollout"))
    live = rig.live()
    async with rig.running(live):
        await rig.until(lambda: is_live(live), "a live picture")
        watches, tasks = cluster.server.open_watches, len(asyncio.all_tasks())
        keys = sorted(live.snapshot.fleet.sets)
        for round_ in range(60):
            live.open(keys[round_ % len(keys)] if round_ % 3 else None)
            if round_ % 5 == 0:
                await rig.clock.advance(0.01)
        live.open(OPENLDAP)
        await rig.until(lambda: is_read(live, OPENLDAP), "the detail of the last one")
        await rig.until(lambda: cluster.server.open_watches == watches + 2, "the others to be closed")
        live.open(None)
        await rig.until(lambda: cluster.server.open_watches == watches, "all to be closed")
        await rig.until(lambda: live.snapshot.detail is None, "no detail")
        await rig.until(lambda: len(asyncio.all_tasks()) <= tasks, "the tasks to have ended")


async def test_a_set_that_appears_later_and_is_recreated_with_another_selector(rig: Rig) -> None:
    cluster = await rig.cluster()
    live = rig.live()
    live.open(Key("default", "late"))

    def late(label: str) -> dict[str, Any]:
        labels = {"app": label}
        pod = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "main", "image": f"late:{label}"}]}}
        spec = {"replicas": 1, "serviceName": "late", "selector": {"matchLabels": labels}, "template": pod}
        return {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "late"}, "spec": spec}

    def images() -> list[str]:
        return [one.template["spec"]["containers"][0]["image"] for one in detail(live).revisions]

    async with rig.running(live):
        await rig.until(lambda: is_live(live), "a live picture")
        assert detail(live) == SetDetail(Key("default", "late"))
        cluster.apply(late("one"))
        await rig.until(lambda: images() == ["late:one"], "its history")
        await rig.until(lambda: "late-0" in {one.name for one in detail(live).events}, "what is said of its pod")
        cluster.storage.delete(STATEFUL_SETS, "default", "late")
        await rig.until(lambda: Key("default", "late") not in live.snapshot.fleet.sets, "it to be gone")
        assert "late-0" in {one.name for one in detail(live).events}, "what was said of it stays"
        cluster.apply(late("two"))
        await rig.until(lambda: images() == ["late:two"], "the history of its successor")
        assert any(one.former for one in detail(live).events)


async def test_forbidden_parts_are_reported_and_the_rest_is_shown(rig: Rig) -> None:
    cluster = await rig.cluster()
    cluster.server.faults.refusals.append(Refusal(403, plural="events"))
    live = rig.live()
    live.open(ZOOKEEPER)
    async with rig.running(live):
        await rig.until(
            lambda: (
                is_live(live)
                and detail(live).events_health.coverage.coverage is Coverage.FORBIDDEN
                and detail(live).revisions_health.coverage.complete
            ),
            "word of what is forbidden",
            step=1,
        )
        assert detail(live).events == ()
        assert detail(live).events_health.reason == "you may not list and watch events in namespace default"
        assert detail(live).revisions
        cluster.server.faults.clear()
        await rig.until(lambda: is_read(live), "the right to be noticed", step=1)
        assert detail(live).events_health.reason == ""


async def test_failing_detail_streams_do_not_affect_the_picture(rig: Rig) -> None:
    cluster = await rig.cluster()
    live = rig.live()
    live.open(ZOOKEEPER)
    async with rig.running(live):
        await rig.until(lambda: is_live(live) and is_read(live), "a live picture and the detail")
        shown = detail(live).events
        cluster.server.faults.refusals.append(Refusal(500, plural="events"))
        cluster.server.cut_connections()
        await rig.until(lambda: detail(live).events_health.behind != "", "word of the lost stream")
        health = detail(live).events_health
        assert health.coverage.complete
        assert health.since is not None
        assert detail(live).events == shown, "what was read is still shown"
        await rig.until(lambda: live.snapshot.health.link is Link.LIVE, "all else to be read again")
        await rig.until(lambda: detail(live).revisions_health.reason == "", "the revisions to be read again")
        cluster.server.faults.clear()
        await rig.until(lambda: detail(live).events_health.reason == "", "the stream to be back", step=0.5)


async def test_the_detail_follows_a_change_of_picture(rig: Rig) -> None:
    await rig.cluster(together("zookeeper", "broken-rollout"))
    live = rig.live()
    live.open(ZOOKEEPER)
    async with rig.running(live):
        await rig.until(lambda: is_live(live) and is_read(live), "a live picture and the detail")
        await live.select_namespaces(("data",))
        assert detail(live) == SetDetail(ZOOKEEPER)
        await rig.until(lambda: is_live(live), "the other picture")
        assert detail(live) == SetDetail(ZOOKEEPER)
        await live.select_namespaces(())
        await rig.until(lambda: is_read(live), "the detail again")


@pytest.mark.parametrize("opened", [ZOOKEEPER, Key("default", "missing")])
async def test_no_snapshot_without_a_change_and_no_task_remains(rig: Rig, opened: Key) -> None:
    cluster = await rig.cluster()
    live = rig.live()
    live.open(opened)
    async with rig.running(live) as seen:
        await rig.until(lambda: is_live(live), "a live picture")
        await rig.pass_time(5)
        seen.clear()
        await rig.pass_time(30)
        assert seen == []
        before = detail(live)
        assert replace(before) == before
    await rig.until(lambda: cluster.server.open_watches == 0, "the watches to be closed")
