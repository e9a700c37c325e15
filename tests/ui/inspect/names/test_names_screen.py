"""`D`: names as published, the command that is confirmed before it runs, and the differences."""

from __future__ import annotations

from collections.abc import Sequence

from stsview.actions.dns.lookup import lookup_plan
from stsview.actions.dns.published import Published
from stsview.actions.dns.set_names import SetNames, set_names
from stsview.actions.errors import Refused
from stsview.actions.exec.service import ExecPlan
from stsview.actions.exec.target import ExecTarget
from stsview.live.snapshot import Scope
from stsview.model.related.dns_answers import Answer, Answers, Names
from stsview.model.views import SetView
from stsview.ui.inspect.names.lookup_dialog import LookupDialog
from stsview.ui.inspect.names.names_screen import NamesScreen
from tests.support.ui.driver import Driver, driving
from tests.support.ui.fake_live import FakeSource
from tests.support.ui.stage import wait_for


class FakeNames:
    """Implements `stsview.actions.dns.lazy_service.NamesService`: every pod is published, and answers as set."""

    def __init__(self, problem: str = "", refusal: str = "") -> None:
        self.problem = problem
        self.refusal = refusal
        self.answers: dict[str, str] = {}
        """The address that is answered instead of the right one, by pod; empty: none."""
        self.asked: list[ExecPlan] = []

    async def read(self, view: SetView) -> SetNames:
        published = {row.name: Published((f"10.0.0.{row.ordinal}",), True, row.name) for row in view.ordinals}
        return set_names(view, {} if self.problem else published, self.problem)

    async def plan(self, namespace: str, pod: str, names: Sequence[Names]) -> ExecPlan:
        return lookup_plan(ExecTarget(namespace, pod, "kafka"), names)

    async def ask(self, plan: ExecPlan, names: Sequence[Names]) -> Answers:
        self.asked.append(plan)
        if self.refusal:
            raise Refused(self.refusal)
        found = {}
        for one in names:
            address = self.answers.get(one.pod, f"10.0.0.{one.pod.rpartition('-')[2]}")
            found[one.short] = found[one.full] = Answer(frozenset(filter(None, (address,))))
        return Answers(found, started=True)


async def shows_command(driver: Driver) -> None:
    await driver.press("enter")
    await wait_for(driver.pilot, lambda: isinstance(driver.app.screen, LookupDialog), "the command is shown")


async def confirm(driver: Driver) -> None:
    await shows_command(driver)
    await driver.press("y")
    await wait_for(driver.pilot, lambda: isinstance(driver.app.screen, NamesScreen), "the dialog is closed")


async def test_a_lookup_is_confirmed_and_its_differences_are_told() -> None:
    service = FakeNames()
    service.answers = {"kafka-1": "", "kafka-2": "10.9.9.9"}
    async with driving(FakeSource(), (120, 36), names_service=service) as driver:
        await driver.open("kafka")
        await driver.press("g", "j", "D")
        await driver.sees("names of kafka   Service")
        assert isinstance(driver.app.screen, NamesScreen)
        # The cursor stays on the pod.
        await driver.sees("╭─ kafka-1 ")
        await driver.sees("not asked")
        await shows_command(driver)
        await driver.sees("kafka-0 kafka-1 kafka-2 kafka-3 kafka-4 kafka-5; do")
        await driver.press("enter", "escape")
        await driver.settle()
        assert service.asked == []
        await confirm(driver)
        await driver.sees("2 differences   asked from kafka-1")
        await driver.sees("no answer, though the EndpointSlice publishes 10.0.0.1; next step: ask again in 30 s")
        assert [plan.words for plan in service.asked] == ["DNS lookup in kafka-1 (kafka)"]
        await driver.press("j")
        await driver.sees("answers 10.9.9.9, but the EndpointSlice publishes 10.0.0.2")
        service.answers = {}
        await confirm(driver)
        await driver.sees("all agree   asked from kafka-2")
        service.refusal = "container kafka of kafka-2 has no shell"
        await confirm(driver)
        await driver.sees("nothing is asked in kafka-2")
        await driver.sees("all agree   asked from kafka-2")
        await driver.press("escape")
        assert driver.one_set.path()


async def test_what_cannot_be_read_or_asked_is_told() -> None:
    forbidden = FakeNames("you may not list endpointslices in data")
    async with driving(FakeSource(), (80, 24), names_service=forbidden) as driver:
        await driver.open("kafka")
        await driver.press("colon", *"dns", "enter")
        await driver.sees("you may not list endpointslices in data")
        await confirm(driver)
        await driver.sees("nothing to compare with")
        assert "agree" not in driver.text
    read_only = FakeSource(scope=Scope("prod-eu1", read_only="--read-only"))
    async with driving(read_only, names_service=FakeNames()) as driver:
        await driver.open("kafka")
        await driver.press("D", "enter")
        await driver.sees("nothing is asked")
        await driver.sees("--read-only: no shell, no command")
    async with driving(FakeSource()) as driver:
        await driver.open("kafka")
        await driver.press("D")
        await driver.sees("addresses are read from a cluster only")
