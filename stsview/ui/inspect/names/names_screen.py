"""Screen of a set's DNS names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on, work
from textual.widget import Widget

from stsview.actions.dns.set_names import PodNames, SetNames, nothing_answers, set_names
from stsview.actions.errors import Refused
from stsview.live.snapshot import Snapshot
from stsview.model.related.dns_answers import Comparison, Verdict
from stsview.model.states import Health
from stsview.objects.meta import Key
from stsview.program_name import program_name
from stsview.text.ages import age
from stsview.text.glyphs import active
from stsview.text.numbers import count
from stsview.ui.inspect.inspect_commands import InspectCommands
from stsview.ui.inspect.inspect_target import InspectTarget
from stsview.ui.inspect.names.lookup_dialog import LookupDialog
from stsview.ui.inspect.names.name_rows import COLUMNS, differences, health_of, name_lines, name_row, names_title
from stsview.ui.kit.choosers.copy_chooser import offer_copies
from stsview.ui.kit.commands.commands import Availability, Command, Unavailable
from stsview.ui.kit.commands.ranks import Rank
from stsview.ui.kit.live.empty_states import no_pods, set_not_found
from stsview.ui.kit.look.health_roles import role_of, sign
from stsview.ui.kit.look.roles import Role, Spans
from stsview.ui.kit.table import Cell, Placeholder, RowHighlighted, RowSelected, VirtualTable
from stsview.ui.kit.toast import toast
from stsview.ui.kit.widgets.ends_line import EndsLine
from stsview.ui.kit.widgets.lines_panel import LinesPanel

if TYPE_CHECKING:
    from stsview.actions.dns.lazy_service import NamesService
    from stsview.actions.exec.service import ExecPlan

_WORDS_SECONDS = 12.0


def _has_row(screen: Any) -> bool:
    return screen.is_mounted and screen.selected is not None


class NamesScreen(InspectCommands):
    """One row for each ordinal. EndpointSlices are read when it opens and when readiness changes.

    Names are asked for only when the operator confirms the command; the answers stay, with their age.
    """

    is_inspect_screen: ClassVar[bool] = True

    OWN_COMMANDS: ClassVar[Sequence[Command]] = (
        Command("back", ("escape", "q"), "back", "Return to the previous screen", "This screen", Rank.BACK, short=""),
        Command("reload", ("r",), "reload", "Read the EndpointSlices again", "This screen", Rank.DISPLAY),
        Command("copy", ("c",), "copy", "Copy a name or an address", "This row", Rank.COPY, _has_row, priority=True),
    )

    def __init__(
        self,
        target: InspectTarget,
        latest: Callable[[], Snapshot],
        now: Callable[[], datetime],
        zone: tzinfo | None = None,
        *,
        service: NamesService | None,
    ) -> None:
        """`service` is None where there is no cluster to read from."""
        super().__init__(latest, now, zone)
        self._key = target.set
        self._first_pod = target.pod
        self._service = service
        self._found: SetNames | None = None
        self._seen: object = None
        """What the API said of each name when the EndpointSlices were last read."""
        self._compared: Mapping[str, Comparison] = {}
        self._asked_from = ""
        self._asked_at: datetime | None = None
        self._asking = False

    def compose_body(self) -> Iterator[Widget]:
        yield EndsLine(id="text-head")
        yield VirtualTable[str](COLUMNS, self._row, open_label="ask from this pod", id="names")
        yield LinesPanel(id="event")

    def path(self) -> Sequence[str]:
        return (*self._key, "names")

    def inspect_target(self) -> InspectTarget:
        selected = self.selected if self.is_mounted else None
        return InspectTarget(self._key, selected.names.pod if selected is not None else "")

    @property
    def names_offered(self) -> Availability:
        return False

    @property
    def table(self) -> VirtualTable[str]:
        return self.query_one("#names", VirtualTable)

    @property
    def selected(self) -> PodNames | None:
        """The ordinal under the cursor."""
        return self._pod(self.table.cursor_key)

    def on_mount(self) -> None:
        super().on_mount()
        self.table.focus()

    def update_body(self, snapshot: Snapshot, changed: frozenset[Key] | None, now: datetime) -> None:
        view = snapshot.fleet.sets.get(self._key)
        if view is not None:
            seen = (view.service, tuple((row.name, row.uid, row.dns) for row in view.ordinals))
            if seen != self._seen:
                self._seen = seen
                self._read()
        self.update_ages(snapshot, now)

    def update_ages(self, snapshot: Snapshot, now: datetime) -> None:
        self.table.placeholder = self._nothing(snapshot)
        self.query_one("#text-head", EndsLine).update(names_title(self._found, self._key.name), self._state(now))
        self._update_details()

    def _nothing(self, snapshot: Snapshot) -> Placeholder:
        view = snapshot.fleet.sets.get(self._key)
        if view is None:
            return set_not_found(self._key, snapshot)
        if not view.service.name:
            return Placeholder("no names", ("the set names no Service: its pods have no DNS names of their own",))
        if self._found is None:
            return Placeholder(f"reading EndpointSlices {active().ellipsis}")
        return no_pods(view)

    def _state(self, now: datetime) -> tuple[Spans, ...]:
        if self._asking:
            return ((sign(Health.PROGRESSING), (f" asking from {self._asked_from}", Role.PROGRESSING)),)
        if self._asked_at is None:
            return ()
        ago = f"from {self._asked_from} {age(self._asked_at, now)} ago"
        number = differences(self._compared)
        unknown = sum(one.verdict is Verdict.UNKNOWN for one in self._compared.values())
        health = Health.WARNING if number else Health.UNKNOWN if unknown else Health.READY
        words = count(number, "difference") if number else f"{unknown} unknown" if unknown else "all agree"
        if nothing_answers(tuple(self._compared.values())):
            words, health = "no name answers: DNS may not be reachable from there", Health.DEGRADED
        said: Spans = (sign(health), (f" {words}", role_of(health)))
        return (*said, (f"   asked {ago}", Role.DIM)), (*said, (f" {ago}", Role.DIM)), said

    @work(group="read", exclusive=True, exit_on_error=False)
    async def _read(self) -> None:
        await self._read_names()

    async def _read_names(self) -> None:
        view = self._latest().fleet.sets.get(self._key)
        if view is None:
            return
        if self._service is None:
            self._show(set_names(view, {}, "addresses are read from a cluster only"))
        else:
            self._show(await self._service.read(view))

    def _show(self, found: SetNames) -> None:
        first = self._found is None
        self._found = found
        self.table.set_order([one.names.pod for one in found.pods])
        if first and self._pod(self._first_pod) is not None:
            self.table.move_cursor(self._first_pod)
        self.table.invalidate()
        self.update_ages(self._latest(), self._now())
        self.refresh_bindings()

    def _row(self, name: str) -> tuple[Cell, ...]:
        pod = self._pod(name)
        if pod is None or self._found is None:
            return ((),) * len(COLUMNS)
        return name_row(pod, self._found, self._compared.get(name))

    def _pod(self, name: str | None) -> PodNames | None:
        pods = self._found.pods if self._found is not None else ()
        return next((one for one in pods if one.names.pod == name), None)

    def _update_details(self) -> None:
        panel, pod = self.query_one(LinesPanel), self.selected
        panel.display = pod is not None
        if pod is not None and self._found is not None:
            comparison = self._compared.get(pod.names.pod)
            health = pod.dns.health if comparison is None else health_of(comparison)
            panel.show_labelled(pod.names.pod, health, name_lines(pod, self._found, comparison))

    @on(RowHighlighted)
    def _row_highlighted(self) -> None:
        self._update_details()
        self.refresh_bindings()

    @on(RowSelected)
    def _row_selected(self) -> None:
        if (pod := self.selected) is None or self._asking:
            return
        offered = self.shell_offered
        if offered is not True or self._service is None:
            why = offered.reason if isinstance(offered, Unavailable) else "no cluster to ask in"
            toast(self, why, title="nothing is asked", health=Health.WARNING)
            return
        self._plan(self._service, pod.names.pod)

    @work(group="plan", exclusive=True, exit_on_error=False)
    async def _plan(self, service: NamesService, pod: str) -> None:
        found = self._found
        if found is None:
            return
        try:
            plan = await service.plan(self._key.namespace, pod, found.names)
        except Refused as error:
            self._refused(pod, error)
            return
        self.app.push_screen(LookupDialog(plan, lambda: self._ask(service, plan, found)))

    @work(group="ask", exclusive=True, exit_on_error=False)
    async def _ask(self, service: NamesService, plan: ExecPlan, asked: SetNames) -> None:
        pod = plan.target.pod
        before = self._asked_from
        self._asking, self._asked_from = True, pod
        self.update_ages(self._latest(), self._now())
        try:
            answers = await service.ask(plan, asked.names)
            # The EndpointSlices may have changed since they were read.
            await self._read_names()
            found = self._found or asked
            self._compared = {
                one.names.pod: comparison
                for one, comparison in zip(found.pods, found.compared(answers, pod), strict=True)
            }
            self._asked_at = self._now()
        except Refused as error:
            self._asked_from = before
            self._refused(pod, error)
        finally:
            self._asking = False
        self.table.invalidate()
        self.update_ages(self._latest(), self._now())

    def _refused(self, pod: str, error: Refused) -> None:
        toast(self, str(error), title=f"nothing is asked in {pod}", health=Health.WARNING, seconds=_WORDS_SECONDS)

    def action_back(self) -> None:
        self.dismiss()

    def action_reload(self) -> None:
        self._read()

    async def action_copy(self) -> None:
        if (pod := self.selected) is None:
            return
        offered = [("name", pod.names.full), ("short name", pod.names.short)]
        if pod.published is not None:
            offered += [("address", one) for one in pod.published.addresses]
        command = f"{program_name()} dns {self._key} --from {pod.names.pod}"
        await offer_copies(self, [*offered, ("command", command)])
