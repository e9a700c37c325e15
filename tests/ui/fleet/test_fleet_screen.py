from __future__ import annotations

import pytest
from msgspec.structs import replace

from stsview.live.snapshot import Link, PictureHealth, Scope
from stsview.model.views import SetView, Severity, Wait, WaitReason
from stsview.objects.meta import Key
from stsview.ui.fleet.counts_line import CountsLine
from stsview.ui.kit.table.stable_order import HOLD_SECONDS
from stsview.ui.kit.widgets.filter_bar import FilterInput
from stsview.ui.kit.widgets.reason_panel import ReasonPanel
from tests.support.ui.driver import driving
from tests.support.ui.fake_live import FakeSource
from tests.support.ui.fleets import ago, fleet_of, healthy, picture_sets, unreadable, vault
from tests.support.ui.stage import wait_for

WORST_FIRST = ["vault", "kafka", "es-data", "zookeeper", "postgres", "sessions", "redis"]
TROUBLE = Wait(WaitReason.FAILED, "rabbitmq-0 failed", "evicted", 0, ago(days=3), Severity.STUCK)


def worse() -> SetView:
    view = healthy("mq", "rabbitmq", 3)
    return replace(view, severity=Severity.STUCK, severity_since=ago(days=3), why=TROUBLE, wait=TROUBLE)


async def test_worst_first_with_a_summary_of_the_worst() -> None:
    async with driving() as driver:
        assert driver.names[:7] == WORST_FIRST
        assert driver.cursor == "vault"
        assert driver.fleet.query_one(ReasonPanel).title == "infra/vault"
        assert driver.fleet.query_one(ReasonPanel).has_class("-degraded")
        await driver.press("j")
        assert driver.fleet.query_one(ReasonPanel).title == "data/kafka"
        await driver.sees("roll back to 5d4b99c7f8, then delete kafka-3")


async def test_the_counts() -> None:
    async with driving() as driver:
        assert " ".join(driver.lines[2].split()) == "11 sets ✖ 3 stuck ▲ 2 at risk ◐ 2 rolling ● 4 healthy"


async def test_the_most_important_columns_stay_at_every_size() -> None:
    async with driving(size=(80, 24)) as driver:
        for size in ((80, 24), (120, 36), (200, 55), (220, 60)):
            await driver.pilot.resize_terminal(*size)
            await driver.settle()
            for words in ("● live", "kafka", "●●●✖●●", "5/6", "waits for kafka-3", "3 stuck", "/ filter"):
                assert words in driver.text, (size, words)
            assert driver.fleet.query_one(ReasonPanel).display, size


async def test_a_small_terminal_keeps_namespace_name_and_reason() -> None:
    async with driving(size=(60, 15)) as driver:
        for words in ("NAMESPACE/NAME", "data/kafka ", "5/6", "WHY▼", "waits for kafka-3 12m"):
            assert words in driver.text, words
        await driver.press("S")
        await driver.sees("NAMESPACE/NAME▲")
        assert driver.names[0] == "keycloak-db"
        await driver.pilot.resize_terminal(120, 36)
        await driver.sees("NAMESPACE▲")


async def test_the_summary_is_dropped_on_low_terminals() -> None:
    async with driving(size=(80, 16)) as driver:
        assert not driver.fleet.query_one(ReasonPanel).display
        await driver.pilot.resize_terminal(80, 24)
        await wait_for(driver.pilot, lambda: driver.fleet.query_one(ReasonPanel).display, "the summary is back")


async def test_the_filter_applies_while_typing_and_stays_visible() -> None:
    async with driving() as driver:
        await driver.press("slash")
        await driver.type("ready:n")
        await wait_for(driver.pilot, lambda: driver.names == ["vault", "kafka", "es-data", "redis"], "it filters")
        await driver.sees("4 of 11")
        await driver.type("o ns:data")
        await wait_for(driver.pilot, lambda: driver.names == ["kafka"], "it filters further")
        await driver.press("enter")
        assert driver.app.focused is driver.fleet.table
        await driver.sees("ready:no ns:data")
        await driver.sees("1 of 11")
        await driver.press("escape")
        await wait_for(driver.pilot, lambda: len(driver.names) == 11, "all are back")
        await driver.sees_no("ns:data")


async def test_keys_typed_ahead_reach_only_the_filter() -> None:
    async with driving() as driver:
        await driver.burst("slash", "q", "0", "N", "j")
        await wait_for(driver.pilot, lambda: driver.fleet.query_one(FilterInput).value == "q0Nj", "it is typed")
        assert not driver.source.selected_namespaces
        await driver.burst(*"xyz", "escape")
        await wait_for(driver.pilot, lambda: len(driver.names) == 11, "it is cleared")
        await driver.burst("slash", *"kafka", "enter")
        await wait_for(driver.pilot, lambda: driver.names == ["kafka"], "it filters")
        assert driver.app.focused is driver.fleet.table


async def test_escape_while_typing_clears_the_filter() -> None:
    async with driving() as driver:
        await driver.press("slash")
        await driver.type("kafka")
        await wait_for(driver.pilot, lambda: driver.names == ["kafka"], "it filters")
        await driver.press("escape")
        await wait_for(driver.pilot, lambda: len(driver.names) == 11, "all are back")
        assert driver.app.focused is driver.fleet.table


async def test_an_unparsable_filter_is_reported() -> None:
    async with driving() as driver:
        await driver.press("slash")
        await driver.type("ready:maybe")
        await driver.sees("ready: must be yes or no")


async def test_an_unknown_qualifier_is_reported_with_the_nearest_one() -> None:
    async with driving(size=(80, 24)) as driver:
        await driver.press("slash")
        await driver.type("nod:w-1 kafka")
        await driver.sees("nod:w-1 kafka")
        await driver.sees("unknown filter nod: (try node:)")
        assert driver.names == ["kafka"]


async def test_saved_filters_are_typed_completed_and_chosen() -> None:
    async with driving(saved_filters={"mine": "ns:data !is:healthy", "other": "ns:mq"}) as driver:
        await driver.press("slash")
        await driver.type("@m")
        await driver.sees("@mine")
        await driver.press("right", "enter")
        await wait_for(driver.pilot, lambda: driver.names == ["kafka", "zookeeper", "postgres"], "it filters")
        assert driver.fleet.bar.text == "@mine"
        await driver.press("escape", "colon")
        await driver.type("filter oth")
        await driver.sees("filter other")
        await driver.type("er")
        await driver.press("enter")
        await wait_for(driver.pilot, lambda: driver.names == ["rabbitmq"], "the other one filters")
        assert driver.fleet.bar.text == "ns:mq", "its text can be edited"
        await driver.run_command("filter !ns:data is:stuck")
        await wait_for(driver.pilot, lambda: driver.names == ["vault", "es-data"], "text can be typed as well")


async def test_a_filter_without_matches_is_reported() -> None:
    async with driving() as driver:
        await driver.press("slash")
        await driver.type("[red]")
        await driver.sees('no match for "[red]" (11 sets)')
        assert not driver.fleet.query_one(ReasonPanel).display


async def test_keys_and_clicks_filter_by_severity() -> None:
    async with driving() as driver:
        await driver.press("2")
        await wait_for(driver.pilot, lambda: driver.names == ["zookeeper", "postgres"], "those at risk")
        await driver.press("2")
        await wait_for(driver.pilot, lambda: len(driver.names) == 11, "all")
        line = driver.fleet.query_one(CountsLine)
        await driver.pilot.click(CountsLine, offset=(driver.lines[2].index("stuck") - line.region.x, 0))
        await wait_for(driver.pilot, lambda: driver.names == ["vault", "kafka", "es-data"], "the stuck ones")
        await driver.pilot.click(CountsLine, offset=(driver.lines[2].index("11 sets"), 0))
        await wait_for(driver.pilot, lambda: len(driver.names) == 11, "all again")


async def test_sorting_by_key_and_by_a_click_on_the_title() -> None:
    async with driving() as driver:
        await driver.press("A")
        assert driver.names == sorted(driver.names)
        await driver.sees("NAME▲")
        await driver.press("A")
        assert driver.names == sorted(driver.names, reverse=True)
        table = driver.fleet.table
        header = driver.lines[table.region.y]
        await driver.pilot.click(type(table), offset=(header.index("READY") + 1, 0))
        await wait_for(driver.pilot, lambda: driver.names[0] == "es-data", "sorted by what is ready")
        await driver.press("W")
        assert driver.names[:7] == WORST_FIRST


async def test_rows_are_held_while_in_use_and_then_move() -> None:
    async with driving() as driver:
        await driver.press("j")
        before = driver.names
        driver.source.show(worse())
        await driver.sees("rabbitmq-0 failed")
        assert driver.names == before
        assert "4 stuck" in driver.text
        await driver.second(HOLD_SECONDS - 1)
        assert driver.names == before
        await driver.second(1)
        assert driver.names[0] == "rabbitmq"
        assert driver.cursor == "kafka"


async def test_the_source_knows_the_sets_in_sight_and_gives_way_to_keys() -> None:
    source = FakeSource(fleet_of(*(healthy("a", f"web-{number:03}", 3) for number in range(100))))
    async with driving(source) as driver:
        assert list(source.seen) == list(driver.fleet.table.keys[: len(source.seen)])
        assert 10 < len(source.seen) < 40
        ways = source.ways
        await driver.press("G")
        assert source.ways > ways
        source.show()
        assert source.seen[-1] == Key("a", "web-099")
        await driver.press("enter")
        source.show()
        assert source.seen == (Key("a", "web-099"),)


async def test_idle_rows_move_at_once_and_the_cursor_stays_on_its_object() -> None:
    async with driving() as driver:
        driver.source.show(worse())
        await wait_for(driver.pilot, lambda: driver.names[0] == "rabbitmq", "the worst comes up")
        assert driver.cursor == "vault"


async def test_a_sort_or_filter_holds_the_rows_as_well() -> None:
    async with driving() as driver:
        await driver.press("A")
        driver.source.show(healthy("aa", "aaa", 1))
        await wait_for(driver.pilot, lambda: "aaa" in driver.names, "it is there")
        assert driver.names[-1] == "aaa"
        await driver.second(HOLD_SECONDS)
        assert driver.names[0] == "aaa"


async def test_a_removed_set_leaves_the_cursor_on_its_neighbour() -> None:
    async with driving() as driver:
        driver.source.show(remove=[Key("infra", "vault")])
        await wait_for(driver.pilot, lambda: "vault" not in driver.names, "it is gone")
        assert driver.cursor == "kafka"
        assert "10 sets" in driver.text


async def test_while_the_first_lists_are_read_the_cursor_stays_on_top() -> None:
    loading = PictureHealth(Link.LOADING, loaded=5)
    async with driving(FakeSource(fleet_of(healthy("mq", "rabbitmq", 3)), health=loading)) as driver:
        driver.source.show(*picture_sets())
        await wait_for(driver.pilot, lambda: len(driver.names) == 11, "more is read")
        assert driver.cursor == "vault"


async def test_enter_opens_and_escape_returns_to_the_same_row() -> None:
    async with driving() as driver:
        await driver.open("kafka")
        assert "›  data  ›  kafka" in driver.lines[0]
        await driver.press("escape")
        await driver.sees("NAMESPACE")
        assert driver.cursor == "kafka"


async def test_a_double_click_opens() -> None:
    async with driving() as driver:
        table = driver.fleet.table
        await driver.pilot.click(type(table), offset=(10, 2), times=2)
        await driver.sees("›  data  ›  kafka")


async def test_changes_while_a_set_was_open_are_shown_on_return() -> None:
    async with driving() as driver:
        await driver.open("kafka")
        driver.source.show(worse(), remove=[Key("data", "zookeeper")])
        driver.source.show(replace(vault(), ready=1))
        await driver.settle()
        await driver.press("escape")
        await driver.sees("rabbitmq-0 failed")
        assert "zookeeper" not in driver.names
        assert driver.cursor == "kafka"
        assert "1/3" in driver.text


@pytest.mark.parametrize(
    ("health", "scope", "words"),
    [
        (PictureHealth(Link.LIVE), Scope("prod-eu1"), ("no StatefulSets in prod-eu1", "C to switch context")),
        (
            PictureHealth(Link.LIVE),
            Scope("prod-eu1", namespaces=("data", "infra")),
            ("no StatefulSets in data, infra", "press 0 for all namespaces"),
        ),
        (
            PictureHealth(Link.LIVE, blind="you may not list statefulsets"),
            Scope("prod-eu1"),
            ("no StatefulSets visible", "you may not list statefulsets"),
        ),
        (
            PictureHealth(Link.LOADING, loaded=7),
            Scope("prod-eu1"),
            (
                "loading from prod-eu1",
                "loading, 7 objects so far",
            ),
        ),
        (
            PictureHealth(Link.CONNECTING, problem="refused"),
            Scope("prod-eu1"),
            ("○ not connected", "not connected to prod-eu1", "refused", "press C to switch context"),
        ),
        (
            PictureHealth(Link.CONNECTING, waiting_for="the exec plugin get-token of user 'admin'"),
            Scope("prod-eu1"),
            ("◌ connecting", "connecting to prod-eu1", "waiting for the exec plugin get-token of user 'admin'"),
        ),
    ],
)
async def test_an_empty_fleet_shows_the_reason(health: PictureHealth, scope: Scope, words: tuple[str, ...]) -> None:
    async with driving(FakeSource(fleet_of(), health=health, scope=scope), (80, 24), wait=False) as driver:
        for expected in words:
            await driver.sees(expected)
        # Zeros would say that nothing is stuck, or wrong, where no set could be read.
        known = health.link is Link.LIVE and not health.blind
        assert ("0 stuck" in driver.text) == known
        await driver.press("f")
        await driver.sees("findings")
        assert ("0 errors" in driver.text) == known


async def test_unknown_is_shown_as_unknown_with_its_reason() -> None:
    async with driving(FakeSource(fleet_of(unreadable()))) as driver:
        assert "? 1 unknown" in driver.text
        assert "you may not list pods in vip" in driver.text


async def test_copying_a_name() -> None:
    async with driving() as driver:
        await driver.press("c")
        await driver.sees("DNS name of the Service")
        await driver.press("down", "enter")
        await wait_for(driver.pilot, lambda: driver.app.clipboard == "infra/vault", "it is copied")
        await driver.sees("copied namespace/name")
