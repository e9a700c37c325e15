from __future__ import annotations

import pytest
from msgspec.structs import replace

from stsview.live.snapshot import Link, PictureHealth
from stsview.model.finding import Finding, Level, Ref
from stsview.model.states import Health
from stsview.model.views import PodState, SetView
from stsview.objects.meta import Key
from stsview.ui.kit.table.stable_order import HOLD_SECONDS
from stsview.ui.set.identity_panel import IdentityPanel
from tests.support.ui.driver import driving
from tests.support.ui.fake_live import FakeSource
from tests.support.ui.fleets import NOW, fleet_of, healthy, kafka, odd_ones, set_of, zookeeper
from tests.support.ui.stage import wait_for


async def test_the_whole_screen() -> None:
    async with driving(size=(150, 40)) as driver:
        await driver.open("kafka")
        for words in (
            "prod-eu1  ›  data  ›  kafka",
            "5d4b99c7f8 ──▶ 7c9f01d2aa",
            "2/6 updated",
            "waits for kafka-3 · CrashLoopBackOff, exit 1, 12 times · 12m",
            "Service kafka-hs ✔ headless",
            "● Ready  next",
            "✔ kafka-0.kafka-hs.data.svc.cluster.local",
            "✖ not ready  kafka-3.kafka-hs.data.svc.cluster.local",
            "Identity of kafka-3",
            "✔ Bound  1 Ti  data-kafka-3  fast-ssd  RWO",
            "cause      CrashLoopBackOff",
            "next step  roll back to 5d4b99c7f8",
        ):
            assert words in driver.text, words


async def test_it_opens_on_the_ordinal_that_the_set_waits_for() -> None:
    async with driving() as driver:
        await driver.open("kafka")
        assert driver.one_set.query_one(IdentityPanel).title == "Identity of kafka-3"
        await driver.press("j")
        assert driver.one_set.query_one(IdentityPanel).title == "Identity of kafka-4"
        await driver.press("escape")
        await driver.sees("NAMESPACE")
        await driver.open("rabbitmq")
        assert driver.one_set.query_one(IdentityPanel).title == "Identity of rabbitmq-0"


async def test_details_are_read_while_it_is_open() -> None:
    async with driving() as driver:
        assert driver.source.opened is None
        await driver.open("kafka")
        await wait_for(driver.pilot, lambda: driver.source.opened == Key("data", "kafka"), "kafka is opened")
        await driver.press("question_mark", "escape")
        await driver.press("f")
        assert driver.source.opened == Key("data", "kafka"), "a screen above it is no reason to stop"
        await driver.press("escape", "escape")
        await wait_for(driver.pilot, lambda: driver.source.opened is None, "it is closed")
        await driver.open("rabbitmq")
        await wait_for(driver.pilot, lambda: driver.source.opened == Key("mq", "rabbitmq"), "the next one is opened")
        driver.app.action_all_namespaces()
        await wait_for(driver.pilot, lambda: driver.source.opened is None, "it is closed with its screen")


async def test_the_cursor_stays_on_its_ordinal_when_others_are_added() -> None:
    async with driving(FakeSource(fleet_of(healthy("mq", "rabbitmq", 3)))) as driver:
        await driver.open("rabbitmq")
        await driver.press("j")
        lower = replace(healthy("mq", "rabbitmq", 6), start=0)
        driver.source.show(replace(lower, ordinals=lower.ordinals[1:]))
        await wait_for(driver.pilot, lambda: len(driver.one_set.table.keys) == 5, "the others are there")
        assert driver.one_set.table.cursor_key is not None
        assert driver.one_set.table.cursor_key.name == "rabbitmq-1"


async def test_a_change_updates_table_head_and_panel_at_once() -> None:
    async with driving(FakeSource(fleet_of(kafka()))) as driver:
        await driver.open("kafka")
        view = kafka()
        healed = replace(view.ordinals[3], state=PodState("Ready", Health.READY, NOW), restarts=13)
        driver.source.show(replace(view, ordinals=(*view.ordinals[:3], healed, *view.ordinals[4:])))
        await driver.sees("pod     ● Ready")
        assert "✖ CrashLoopBackOff" not in driver.text
        await driver.second(30)
        assert "30s" in driver.text


async def test_every_kind_of_row_is_drawn() -> None:
    async with driving(FakeSource(fleet_of(odd_ones()))) as driver:
        await driver.open("ledger")
        for words in ("surplus", "orphaned", "foreign", "○ missing  next", "wal ○ missing", "22s left"):
            assert words in driver.text
        await driver.press("G")
        await driver.sees("has another owner")


async def test_small_terminals_show_one_panel_at_a_time() -> None:
    async with driving(size=(80, 24)) as driver:
        await driver.open("kafka")
        assert "cause  " in driver.text
        assert "Identity of" not in driver.text
        assert "tab  Timeline · Identity ─╯" in driver.text, "the frame names the hidden panels"
        await driver.press("tab")
        await driver.sees("tab  Identity · Status")
        assert "cause  " not in driver.text
        await driver.press("tab")
        await driver.sees("Identity of kafka-3")
        assert "tab  Status · Timeline" in driver.text


@pytest.mark.parametrize("alone", ["Findings  1 ─", "Timeline ", "Identity of"])
async def test_the_panel_that_was_read_stays_after_a_resize(alone: str) -> None:
    finding = Finding("crash-loop", Level.ERROR, Ref("Pod", "data", "kafka-3", "u"), "kafka-3: held up", NOW, ())
    async with driving(FakeSource(fleet_of(replace(kafka(), findings=(finding,)))), size=(120, 30)) as driver:
        await driver.open("kafka")
        for size in ((80, 24), (80, 26), (120, 30), (80, 24)):
            await driver.pilot.resize_terminal(*size)
            await driver.settle()
            assert "╭─ Findings  1 ─" in driver.text, "both were shown, and the set has a problem"
        for _ in range(2):
            await driver.press(*(() if f"╭─ {alone}" in driver.text else ("tab",)))
        assert f"╭─ {alone}" in driver.text
        await driver.pilot.resize_terminal(90, 25)
        await driver.settle()
        assert f"╭─ {alone}" in driver.text


async def test_no_panel_key_when_both_panels_fit() -> None:
    async with driving(size=(120, 36)) as driver:
        await driver.open("kafka")
        assert "cause  " in driver.text
        assert "Identity of kafka-3" in driver.text
        assert "tab panel" not in driver.text


async def test_the_timeline_is_shown_while_lines_are_free() -> None:
    async with driving(size=(80, 40)) as driver:
        await driver.open("kafka")
        for size in ((80, 40), (120, 36), (152, 31), (200, 55)):
            await driver.pilot.resize_terminal(*size)
            await driver.settle()
            for words in ("─ Timeline ─", "✔ Bound", "10.2.3.44" if size[0] > 80 else "waits for kafka-3"):
                assert words in driver.text, (size, words)


async def test_low_terminals_drop_the_panels_for_the_ordinals() -> None:
    async with driving(size=(80, 14)) as driver:
        await driver.open("kafka")
        assert "Identity of" not in driver.text
        assert "CrashLoopBackOff" in driver.text
        assert "tab panel" not in driver.text


async def test_a_deleted_set_is_reported_with_a_way_back() -> None:
    async with driving() as driver:
        await driver.open("kafka")
        driver.source.show(remove=[Key("data", "kafka")])
        await driver.sees("data/kafka not found")
        await driver.sees_no("Identity of")
        assert "2/6" not in driver.text
        await driver.press("escape")
        await driver.sees("NAMESPACE")
        assert "kafka" not in driver.names


async def test_a_recreated_set_is_shown_again() -> None:
    async with driving() as driver:
        await driver.open("kafka")
        driver.source.show(remove=[Key("data", "kafka")])
        await driver.sees("data/kafka not found")
        driver.source.show(kafka())
        await driver.sees("Identity of kafka-3")
        await driver.sees_no("not found")


async def test_a_set_not_read_again_yet_is_not_reported_missing() -> None:
    async with driving(FakeSource(fleet_of(kafka()))) as driver:
        await driver.open("kafka")
        driver.source.show(remove=[Key("data", "kafka")])
        driver.source.set_health(PictureHealth(Link.LOADING, loaded=12))
        await driver.sees("loading, 12 objects so far")
        await driver.sees_no("not found")


async def test_a_set_without_pods_and_service_is_drawn() -> None:
    async with driving(FakeSource(fleet_of(set_of("infra", "none", ())))) as driver:
        await driver.open("none")
        await driver.sees("0 replicas")
        await driver.sees("no pods")


async def test_a_service_that_is_not_headless_is_shown() -> None:
    async with driving(FakeSource(fleet_of(zookeeper()))) as driver:
        await driver.open("zookeeper")
        assert "Service zk-hs ✖ not headless" in driver.text
        assert "✖ not headless" in driver.text


@pytest.mark.parametrize(("downs", "copied"), [(0, "kafka-3"), (1, "kafka-3.kafka-hs.data.svc.cluster.local")])
async def test_each_part_of_the_identity_can_be_copied(downs: int, copied: str) -> None:
    async with driving() as driver:
        await driver.open("kafka")
        await driver.press("c")
        await driver.sees("pod uid")
        await driver.press(*["down"] * downs, "enter")
        await wait_for(driver.pilot, lambda: driver.app.clipboard == copied, "it is copied")


async def test_ages_and_deadlines_update_every_second() -> None:
    async with driving(FakeSource(fleet_of(odd_ones()))) as driver:
        await driver.open("ledger")
        assert "22s left" in driver.text
        await driver.second(10)
        assert "12s left" in driver.text
        await driver.second(20)
        assert "8s overdue" in driver.text


def _crowd(*broken: int) -> SetView:
    """A set of 500 ordinals, some of them broken."""
    view = healthy("mq", "crowd", 500)
    down = PodState("CrashLoopBackOff", Health.DEGRADED, NOW)
    rows = [replace(row, state=down, ready=False) if row.ordinal in broken else row for row in view.ordinals]
    return replace(view, ordinals=tuple(rows))


async def test_ordinals_of_a_big_set_are_filtered_and_the_cursor_stays_on_its_ordinal() -> None:
    async with driving(FakeSource(fleet_of(_crowd(7, 250)))) as driver:
        await driver.open("crowd")
        await driver.press("slash")
        await driver.type("crowd-25")
        await driver.sees("11 of 500")
        await driver.press("enter", "j")
        table = driver.one_set.table
        assert [key.name for key in table.keys[:2]] == ["crowd-25", "crowd-250"]
        assert table.cursor_key is not None
        assert table.cursor_key.name == "crowd-250"
        await driver.press("escape")
        await wait_for(driver.pilot, lambda: len(table.keys) == 500, "all are back")
        assert table.cursor_key is not None
        assert table.cursor_key.name == "crowd-250"
        await driver.press("slash")
        await driver.type("is:problem nod:x")
        await driver.sees("unknown filter nod: (try node:)")
        assert [key.name for key in table.keys] == ["crowd-7", "crowd-250"]
        await driver.press("escape", "escape")
        await driver.sees("NAMESPACE")


async def test_brackets_go_to_the_ordinals_that_need_attention() -> None:
    async with driving(FakeSource(fleet_of(_crowd(7, 250, 400)))) as driver:
        await driver.open("crowd")
        table = driver.one_set.table
        visited = []
        for key in ("right_square_bracket",) * 4 + ("left_square_bracket",) * 2:
            await driver.press(key)
            assert table.selected is not None
            visited.append(table.selected.ordinal)
        assert visited == [7, 250, 400, 7, 400, 250]
        driver.source.show(_crowd())
        await driver.sees_no("CrashLoopBackOff")
        await driver.press("right_square_bracket")
        await driver.sees("no problem: 500 ordinals ready")
        assert table.cursor_key is not None
        assert table.cursor_key.name == "crowd-250"


async def test_letters_and_titles_sort_the_ordinals_and_rows_are_held() -> None:
    async with driving(FakeSource(fleet_of(_crowd(7, 250)))) as driver:
        await driver.open("crowd")
        table = driver.one_set.table
        await driver.press("S")
        await driver.sees("STATE▼")
        assert [key.name for key in table.keys[:3]] == ["crowd-7", "crowd-250", "crowd-0"]
        driver.source.show(_crowd(7, 250, 400))
        await driver.settle()
        assert table.keys[2].name == "crowd-0", "held while in use"
        await driver.second(HOLD_SECONDS)
        await wait_for(driver.pilot, lambda: table.keys[2].name == "crowd-400", "then it moves")
        header = driver.lines[table.region.y]
        await driver.pilot.click(type(table), offset=(header.index("ORD") + 1, 0))
        await wait_for(driver.pilot, lambda: table.keys[0].name == "crowd-0", "sorted by ordinal")


async def test_stale_data_is_dimmed() -> None:
    async with driving() as driver:
        await driver.open("kafka")
        driver.source.set_health(PictureHealth(Link.DISCONNECTED, NOW))
        await driver.sees("Data is 0 s old")
        assert driver.one_set.table.opacity == 0.5
