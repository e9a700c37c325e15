"""Whole objects, as YAML and as descriptions."""

from __future__ import annotations

from stsview.live.errors import CannotRead
from stsview.live.on_demand import Description, Document
from stsview.objects.kinds import CLAIMS, PODS, STATEFULSETS, Kind
from stsview.objects.meta import Key
from stsview.ui.fleet.fleet_screen import FleetScreen
from stsview.ui.inspect.describe_screen import DescribeScreen
from tests.support.ui.driver import driving
from tests.support.ui.fake_live import FakeSource
from tests.support.ui.fleets import ago
from tests.support.ui.stage import wait_for

POD: Document = {
    "kind": "Pod",
    "metadata": {
        "name": "kafka-3",
        "creationTimestamp": ago(minutes=59, seconds=58).isoformat(),
        "managedFields": [{"manager": "kubelet-of-old"}],
        "annotations": {"note": "[@click=app.quit]x[/] \x1b[2J"},
    },
    "spec": {"containers": [{"name": "kafka", "image": "apache/kafka:3.9.0"}], "nodeName": "w-1"},
    "status": {"phase": "Running"},
}


def source_with(*objects: tuple[Kind, Key, Document]) -> FakeSource:
    source = FakeSource()
    for kind, key, document in objects:
        source.descriptions[kind.name, key] = Description(kind, document)
    return source


async def test_yaml_of_the_selected_pod_and_of_related_objects() -> None:
    source = source_with(
        (PODS, Key("data", "kafka-3"), POD),
        (CLAIMS, Key("data", "data-kafka-3"), {"kind": "PersistentVolumeClaim", "spec": {"volumeName": "pvc-0b7e"}}),
    )
    async with driving(source) as driver:
        await driver.open("kafka")
        await driver.press("y")
        await driver.sees("kind: Pod")
        assert "prod-eu1  ›  data  ›  kafka-3  ›  yaml" in driver.lines[0]
        assert "✖ CrashLoopBackOff" in driver.text
        assert "read at 18:22:07" in driver.text
        assert "managedFields: # 1 entry folded" in driver.text
        assert "[@click=app.quit]x[/]" in driver.text
        assert "\x1b" not in driver.text
        await driver.press("m")
        await driver.sees("manager: kubelet-of-old")

        await driver.press("o")
        await driver.sees("Objects")
        await driver.type("PVC")
        await driver.press("enter")
        await driver.sees("kind: PersistentVolumeClaim")
        # Another view of the same object replaces this one: one Esc leads back.
        await driver.press("d")
        await wait_for(driver.pilot, lambda: isinstance(driver.app.screen, DescribeScreen), "it is described")
        await driver.sees("PVC  data-kafka-3   Bound")
        await driver.press("escape")
        await driver.sees("Identity of kafka-3")


async def test_a_describe_sheet_ages_follows_the_width_and_is_reloaded() -> None:
    key = Key("data", "kafka")
    source = source_with((STATEFULSETS, key, {**POD, "kind": "StatefulSet"}))
    async with driving(source) as driver:
        await driver.stand_on("kafka")
        await driver.press("d")
        await driver.sees("created       59m ago")
        assert "✖ stuck" in driver.text
        await driver.second(3)
        await driver.sees("created       1h ago")
        await driver.pilot.resize_terminal(60, 20)
        await driver.sees("created       1h ago")

        source.descriptions["StatefulSet", key] = CannotRead("no StatefulSet data/kafka", absent=True)
        await driver.press("r")
        await driver.sees("○ no StatefulSet data/kafka")
        source.descriptions["StatefulSet", key] = CannotRead("you may not read statefulsets in data")
        await driver.press("r")
        await driver.sees("✖ you may not read statefulsets in data")
        source.descriptions["StatefulSet", key] = Description(STATEFULSETS, {"spec": {"serviceName": "kafka-hs"}})
        await driver.press("r")
        await driver.sees("service       kafka-hs")
        await driver.press("escape")
        await wait_for(driver.pilot, lambda: isinstance(driver.app.screen, FleetScreen), "the fleet is back")


async def test_search_and_copy() -> None:
    source = source_with((STATEFULSETS, Key("data", "kafka"), {"kind": "StatefulSet", "metadata": {"name": "kafka"}}))
    async with driving(source, (80, 24)) as driver:
        await driver.stand_on("kafka")
        await driver.press("y")
        await driver.sees("kind: StatefulSet")
        await driver.press("slash")
        await driver.type("name")
        await driver.sees("1 of 1 lines")
        await driver.press("enter", "c")
        await driver.sees("everything")
        await driver.type("match")
        await driver.press("enter")
        await driver.sees("copied the match")
        assert driver.app.clipboard == "name: kafka"
        await driver.press("escape", "escape")
        await driver.sees("waits for kafka-3")
