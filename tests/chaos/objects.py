"""Unusual objects over healthy connections."""

from __future__ import annotations

from typing import Any

from stsview.objects.kinds import WATCHED
from stsview.simulator.apiserver.resources import PODS, STATEFUL_SETS
from stsview.simulator.scenarios.manifests import ZOOKEEPER
from tests.chaos.fresh import fresh_picture, picture_of
from tests.chaos.scene import Scene


def annotated(value: str) -> Any:
    def annotate(obj: dict[str, Any]) -> None:
        obj["metadata"].setdefault("annotations", {})["note"] = value

    return annotate


async def event_of_five_megabytes(scene: Scene) -> None:
    await scene.start_live()
    scene.cluster.edit(STATEFUL_SETS, "default", "zookeeper", annotated("x" * 5_000_000))
    scene.scale(4, within=10)
    await scene.expect("● live", "^$", "4/4")
    assert not scene.has_shown("disconnected")


async def one_malformed_object(scene: Scene) -> None:
    await scene.start_live()
    scene.faults.malformed_objects.malformed.add(("pods", "zookeeper-1"))
    for value in ("one", "two"):
        scene.cluster.edit(PODS, "default", "zookeeper-1", annotated(value))
    gap = "▲ 1 malformed   ● live", "1 object malformed: missing or outdated"
    unknown = "zookeeper .* unknown · Pod zookeeper-1 cannot be decoded"
    await scene.expect(*gap, unknown)
    scene.scale(4)
    await scene.expect(*gap, "●●●● +4/4", unknown)
    scene.server.expire_watches()
    await scene.until(lambda: "zookeeper-1" not in pods(scene), "a list without it")
    await scene.expect(*gap, r"●\?●● +4/4", unknown)
    mine, fresh = picture_of(scene.live), await fresh_picture(scene.server, scene.machine, scene.live)
    assert mine.objects == fresh.objects
    scene.scale(1)
    await scene.expect("● live", "^$", "1/1")
    scene.scale(2)
    await scene.expect(*gap, unknown)
    scene.faults.clear()
    scene.cluster.edit(PODS, "default", "zookeeper-1", annotated("three"))


def pods(scene: Scene) -> list[str]:
    return [key.name for key in picture_of(scene.live).objects["Pod"]]


async def nulls_and_unknown_fields_everywhere(scene: Scene) -> None:
    for kind in WATCHED:
        for obj in scene.cluster.storage._objects:
            if obj.plural == kind.resource:
                scene.faults.malformed_objects.odd |= {
                    (obj.plural, one["metadata"]["name"]) for one in scene.cluster.storage.list(obj)
                }
    await scene.start_live()
    scene.scale(4)
    await scene.expect("● live", "^$", "4/4")
    assert not scene.has_shown("malformed")
    scene.faults.clear()


async def continue_tokens_that_loop(scene: Scene) -> None:
    never = "the list of pods never ends: the server repeats its continue tokens"
    scene.faults.streaming_lists = False
    scene.faults.endless_lists.add("pods")
    await scene.start_cluster()
    await scene.start_stsview()
    await scene.expect(r"◐ loading.* next try in \d+ s", never, "unknown · pods have not been read yet")
    assert not scene.has_shown("● live")
    scene.faults.endless_lists.clear()
    await scene.expect("● live", "^$", "3/3")
    scene.faults.endless_lists.add("pods")
    scene.scale(4)
    scene.server.expire_watches()
    await scene.expect("○ disconnected", f"Data is .* {never}", "zookeeper ")
    scene.faults.clear()


async def duplicate_events(scene: Scene) -> None:
    scene.faults.duplicate_events = True
    await scene.start_live()
    for replicas in (5, 2, 4):
        scene.scale(replicas)
        await scene.expect("● live", "^$", f"{replicas}/{replicas}")
    assert not scene.has_shown("disconnected|malformed")


async def recreated_between_two_lists(scene: Scene) -> None:
    await scene.start_live()
    former = scene.view.uid
    await scene.server.stop_listening()
    storage = scene.cluster.storage
    storage.delete(STATEFUL_SETS, "default", "zookeeper")
    await scene.until(lambda: not storage.list(PODS, "default"), "the end of the former pods")
    scene.cluster.apply(ZOOKEEPER)
    scene.must_show("another set of the same name", lambda: scene.view.uid != former)
    await scene.advance(60)
    await scene.expect("○ disconnected", "", "zookeeper .* 3/3")
    assert scene.view.uid == former
    await scene.server.listen_again()
