"""The dashboard app: connects, and passes each snapshot to the visible screen."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from msgspec.structs import replace
from rich.console import RenderableType
from rich.text import Text
from textual import events, on, work
from textual.actions import ActionParseResult
from textual.dom import DOMNode
from textual.driver import Driver
from textual.worker import Worker, WorkerCancelled, WorkerFailed, WorkerState

from stsview.config import Configuration
from stsview.config.keys import keymap_of
from stsview.live.errors import CannotRecord, CannotStart
from stsview.live.snapshot import FleetSource, Link, PictureHealth, Snapshot, Source
from stsview.model.finding import Finding
from stsview.model.states import Health
from stsview.model.views import SetView
from stsview.objects.meta import Key, cluster_of
from stsview.text.terminal_text import safe_lines
from stsview.ui.app_commands import APP_COMMANDS, HELP_KEYS, THEME_PREFIX, theme_names
from stsview.ui.app_scope import ScopedApp
from stsview.ui.changes.rollout_commands import CanaryRequested
from stsview.ui.changes.running_actions import RunningActions, WhyRequested
from stsview.ui.findings.step_commands import StepCommands
from stsview.ui.fleet.fleet_screen import FleetScreen
from stsview.ui.inspect.exec.exec_requested import ExecRequested
from stsview.ui.inspect.forwards.forward_requested import ForwardRequested
from stsview.ui.inspect.inspect_commands import InspectCommands
from stsview.ui.inspect.inspect_target import NO_SET, InspectRequested, InspectTarget, InspectView
from stsview.ui.inspect.names.names_requested import NamesRequested
from stsview.ui.inspect.references.references_requested import Reference, ReferencesRequested
from stsview.ui.inspect.usage.usage_requested import UsageRequested
from stsview.ui.kept_settings import KeptSettings
from stsview.ui.kit.commands.available import explain, unavailable_for
from stsview.ui.kit.commands.commands import Command
from stsview.ui.kit.commands.keymap import hint, keys_of, use_keymap
from stsview.ui.kit.first_keys import FirstKeys
from stsview.ui.kit.live import header_layout
from stsview.ui.kit.live.header_line import HeaderLine
from stsview.ui.kit.live.live_screen import LiveScreen
from stsview.ui.kit.look.stylesheets import FIRST, stylesheets
from stsview.ui.kit.look.themes import PALETTES, use_themes
from stsview.ui.kit.toast import toast

if TYPE_CHECKING:
    from stsview.actions.dns.lazy_service import NamesService
    from stsview.actions.exec.lazy_service import ExecService
    from stsview.actions.exec.service import ExecPlan
    from stsview.actions.intents import Intent
    from stsview.actions.port_forward.cluster_forwards import ClusterForwards
    from stsview.actions.port_forward.lazy_service import ForwardService
    from stsview.actions.service import Actions
    from stsview.ui.cluster_services import ClusterServices
    from stsview.ui.findings.findings_screen import FindingsScreen
    from stsview.ui.inspect.forwards.forwards_screen import ForwardsScreen
    from stsview.ui.inspect.forwards.open_forwards import OpenForwards
    from stsview.ui.nodes.nodes_screen import NodesScreen

# Screens other than the first are imported when they are opened: with them, the first frame would take a tenth longer.

_log = logging.getLogger(__name__)

_CLOSING_SECONDS = 2.0
"""How long quitting waits for connections to close: one that hangs must not block the terminal."""

_UNFINISHED_FIRST, _UNFINISHED_APART = 2.0, 5.0
"""Seconds until it is first read which actions are unfinished, and between two reads."""

_ASKING_SECONDS = 10.0
"""How long a second `q` quits."""


class StsviewApp(ScopedApp):
    """The screens over one source of snapshots.

    Exits with return code 2, and the reason in `failure`, if the source could never connect.
    """

    OWN_COMMANDS: ClassVar[Sequence[Command]] = APP_COMMANDS
    REBINDABLE = True

    CSS_PATH: ClassVar = [str(path) for path in stylesheets() if path.stem in FIRST]
    """The others are read after the first frame: parsing all takes a tenth of the time until then."""
    ENABLE_COMMAND_PALETTE = False
    TITLE = "stsview"

    def __init__(
        self,
        source: FleetSource,
        *,
        theme: str | None = None,
        zone: tzinfo | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        action_service: Actions | None = None,
        first_keys: FirstKeys | None = None,
        saved_filters: Mapping[str, str] | None = None,
        exec_service: ExecService | None = None,
        named_commands: Mapping[str, Mapping[str, str]] | None = None,
        forward_service: ForwardService | ClusterForwards | None = None,
        names_service: NamesService | None = None,
        configuration: Configuration | None = None,
        configuration_file: Path | None = None,
        cluster_services: Mapping[str, ClusterServices] | None = None,
    ) -> None:
        """Create the app; it connects once its first frame is drawn.

        `theme` is a name of `stsview.ui.kit.look.themes` without its prefix (None: chosen for the terminal). Times are
        shown in `zone` (None: the local zone). `monotonic` is the clock, in seconds, for what the table holds still.
        `action_service` makes all changes (None: read-only). `first_keys` are shown until one is used. `saved_filters`
        has the filters of the configuration by name. `exec_service` runs shells and commands in containers (None:
        none); `named_commands` are those of the configuration, by set and name. `forward_service` forwards ports (None:
        none); `names_service` reads and resolves DNS names (None: they are shown without addresses). `configuration`
        has columns and orders (None: the usual ones); `configuration_file` is where they can be kept (None: nowhere).
        `cluster_services` are the services for the pods of each of several clusters, instead of the three above.
        Raises ValueError for an unknown theme.
        """
        use_keymap(keymap_of(configuration) if configuration is not None else {})
        super().__init__()
        self.source = source
        self.zone = zone
        self.saved_filters = dict(saved_filters or {})
        self.kept_settings = KeptSettings(configuration, configuration_file)
        self.running_actions = RunningActions(action_service, lambda intent: self._reason_for(intent) is not None)
        self._quoting: Source | None = None
        """The cluster from which a log is quoted."""
        self._cluster_services = cluster_services or {}
        self._exec_service = exec_service
        self._named_commands = named_commands or {}
        self._forward_service = forward_service
        self._names_service = names_service
        self._opened_forwards: OpenForwards | None = None
        self.failure = ""
        """Why the app exited with return code 2, in one line."""
        self.first_keys = first_keys or FirstKeys(None)
        self.on_exit: Callable[[int], None] = lambda code: None
        """Called with the exit code when the app begins to end."""
        self._monotonic = monotonic
        self._log_containers: dict[Key, str] = {}
        """The container whose log was chosen last, by set."""
        self._quit_requested = False
        self._stopped: tuple[datetime, str] | None = None
        self._crash: BaseException | None = None
        self._source_worker: Worker[None] | None = None
        self._unsubscribe: Callable[[], None] | None = None
        wish = "" if theme is None else theme
        use_themes(self, wish if not wish or wish.startswith(THEME_PREFIX) else THEME_PREFIX + wish)

    def latest(self) -> Snapshot:
        """The latest snapshot, marked as disconnected if the source has crashed."""
        return self._marked_if_stopped(self.source.snapshot)

    def _latest_in(self, part: Source) -> Callable[[], Snapshot]:
        """As `latest`, of one cluster: screens of a set know of no other."""
        return lambda: self._marked_if_stopped(part.snapshot)

    def _marked_if_stopped(self, snapshot: Snapshot) -> Snapshot:
        """The snapshot, marked as disconnected once the source has stopped."""
        if self._stopped is None:
            return snapshot
        since, why = self._stopped
        return replace(snapshot, health=PictureHealth(Link.DISCONNECTED, since, problem=why))

    def get_driver_class(self) -> type[Driver]:
        """The driver for this terminal; Textual's own where it is not the one for Linux and macOS."""
        chosen = super().get_driver_class()
        if chosen.__name__ != "LinuxDriver":
            return chosen
        from stsview.ui.kit.terminal_driver import TerminalDriver

        return TerminalDriver

    def exit(self, result: None = None, return_code: int = 0, message: RenderableType | None = None) -> None:
        self.on_exit(return_code)
        super().exit(result, return_code, message)

    def panic(self, *renderables: RenderableType) -> None:
        self.on_exit(1)
        super().panic(*renderables)

    def get_default_screen(self) -> FleetScreen:
        arrangement = self.kept_settings.fleet
        return FleetScreen(self.latest, self.source.now, self.zone, self._monotonic, self.first_keys, arrangement)

    def on_mount(self) -> None:
        self.set_interval(1.0, self.tick, name="ages")
        # The first frame is on the screen before anything heavy is imported or awaited.
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        self.stylesheet.read_all([path for path in stylesheets() if path.stem not in FIRST])
        self.stylesheet.parse()
        if not isinstance(self.screen, FleetScreen):
            # A key was typed before the first frame.
            self.refresh_css(animate=False)
        self._unsubscribe = self.source.subscribe(self._on_snapshot)
        self._source_worker = self._run_source()
        self.set_timer(_UNFINISHED_FIRST, self._read_unfinished)
        self.set_interval(_UNFINISHED_APART, self._read_unfinished)

    @work(group="recreations", exclusive=True, exit_on_error=False)
    async def _read_unfinished(self) -> None:
        await self.running_actions.read_unfinished()

    async def on_unmount(self) -> None:
        await self.running_actions.close()
        if self._opened_forwards is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_CLOSING_SECONDS):
                    await self._opened_forwards.close()
        if self._unsubscribe is not None:
            self._unsubscribe()
        if self._source_worker is not None:
            # Cancelled while it closes its connections, it would leave some open.
            self._source_worker.cancel()
            with contextlib.suppress(WorkerFailed, WorkerCancelled, TimeoutError):
                async with asyncio.timeout(_CLOSING_SECONDS):
                    await self._source_worker.wait()

    @work(group="source", exit_on_error=False)
    async def _run_source(self) -> None:
        try:
            await self.source.run()
        except CannotStart as error:
            self.failure = str(error)
            self.exit(return_code=2)
        except Exception as error:
            # In an incident the last snapshot is worth keeping: report the error now, and its traceback on exit.
            self._crash = error
            _log.exception("reading the cluster failed")
            why = f"internal error, stsview stopped reading the cluster: {type(error).__name__}: {error}"
            self._stopped = (self.source.now(), why)
            self._on_snapshot(self.source.snapshot)

    def _on_snapshot(self, snapshot: Snapshot) -> None:
        screen = self._live_screen()
        if screen is not None:
            # A screen of one set sees the cluster of that set alone.
            screen.update(screen.newest())
            self.source.in_sight(screen.keys_in_sight)
            self._repaint_above(screen)

    def tick(self) -> None:
        """Update the ages on the screen; called once a second."""
        screen = self._live_screen()
        if screen is not None:
            screen.tick()
            self._repaint_above(screen)

    def _repaint_above(self, screen: LiveScreen) -> None:
        """Repaint the dialogs between a screen and the top one.

        Textual draws what is below a modal screen through the background that each modal caches, and refreshes only the
        top one: under two dialogs a live screen would stand still and look live.
        """
        stack = self.screen_stack
        for dialog in stack[stack.index(screen) + 1 : -1]:
            dialog.refresh()

    def _live_screen(self) -> LiveScreen | None:
        """The topmost live screen, which may be below a dialog."""
        if not self.is_running:
            return None
        screens = (screen for screen in reversed(self.screen_stack) if isinstance(screen, LiveScreen))
        return next((screen for screen in screens if screen.is_mounted), None)

    @on(LiveScreen.Resumed)
    def _open_detail(self) -> None:
        """Have the source read the details of the one set whose screen is open."""
        # Live screens and forms have one.
        keys: list[Key | None] = [getattr(screen, "detail_key", None) for screen in self.screen_stack]
        self.source.open(next((key for key in reversed(keys) if key is not None), None))
        live = self._live_screen()
        self.source.watch_usage(live.usage_key if live is not None else None)

    @on(FleetScreen.Opened)
    def _open(self, event: FleetScreen.Opened) -> None:
        if isinstance(self.screen, FleetScreen):
            self._push_set_screen(event.key)

    def on_findings_screen_opened(self, event: FindingsScreen.Opened) -> None:
        from stsview.ui.findings.findings_screen import FindingsScreen

        if isinstance(self.screen, FindingsScreen):
            self._push_set_screen(event.key, event.ordinal)

    def on_nodes_screen_opened(self, event: NodesScreen.Opened) -> None:
        from stsview.ui.nodes.nodes_screen import NodesScreen

        if isinstance(self.screen, NodesScreen):
            self._push_set_screen(event.key, event.ordinal)

    def _push_set_screen(self, key: Key, ordinal: int | None = None) -> None:
        from stsview.ui.set.set_screen import SetScreen

        part, arrangement = self.source.part(key), self.kept_settings.set
        latest = self._latest_in(part)
        self.push_screen(SetScreen(key, latest, part.now, self.zone, ordinal, self._monotonic, arrangement))

    def action_fleet(self, key: Key | None = None) -> None:
        self._back_to_fleet()
        if key is not None:
            self._push_set_screen(key)

    def action_pods(self, argument: str = "") -> None:
        target = self.screen.inspect_target() if isinstance(self.screen, InspectCommands) else None
        if target is None:
            return
        from stsview.ui.set.set_screen import SetScreen

        while isinstance(self.screen, InspectCommands) and self.screen.is_inspect_screen:
            self.pop_screen()
        if not isinstance(self.screen, SetScreen) or self.screen.key != target.set:
            self._push_set_screen(target.set)

    async def action_findings(self, argument: str = "") -> None:
        from stsview.ui.findings.findings_screen import FindingsScreen

        # Keys that were typed ahead are for that screen.
        await self.push_screen(FindingsScreen(self.latest, self.source.now, self.zone))

    action_triage = action_findings

    async def action_nodes(self, argument: str = "") -> None:
        from stsview.ui.nodes.nodes_screen import NodesScreen

        target = self.screen.inspect_target() if isinstance(self.screen, InspectCommands) else None
        if target is None and self.latest().clusters:
            toast(self, "select a set: the nodes shown are those of its cluster", health=Health.WARNING)
            return
        part = self.source.part(NO_SET if target is None else target.set)
        # Keys that were typed ahead are for that screen.
        await self.push_screen(NodesScreen(part.node_source, self._latest_in(part), part.now, self.zone))

    @on(InspectRequested)
    def _open_inspect_view(self, event: InspectRequested) -> None:
        shown = self.screen
        if not isinstance(shown, InspectCommands):
            return
        from stsview.ui.inspect.screens import screen_for

        part = self.source.part(event.target.set)
        looked = screen_for(
            event.inspect_view,
            event.target,
            part,
            self._latest_in(part),
            part.now,
            self.zone,
            self._log_containers,
            self._monotonic,
        )
        # Switching between inspect screens keeps the way back one step long.
        if shown.is_inspect_screen:
            self.switch_screen(looked)
        else:
            self.push_screen(looked)

    @on(ReferencesRequested)
    def _references_requested(self, event: ReferencesRequested) -> None:
        self._open_reference(event.target, event.reference)

    @work(group="reference", exclusive=True, exit_on_error=False)
    async def _open_reference(self, target: InspectTarget, reference: Reference) -> None:
        """Show the object that the set names, or let the operator choose one of several."""
        from stsview.ui.inspect.references.open_reference import choose_reference

        ref = await choose_reference(self.screen, self.source.part(target.set), target.set, reference)
        if ref is not None:
            self._open_inspect_view(InspectRequested(InspectView.YAML, replace(target, object=ref)))

    @on(NamesRequested)
    def _names_requested(self, event: NamesRequested) -> None:
        from stsview.ui.inspect.names.names_screen import NamesScreen

        shown = self.screen
        part = self.source.part(event.target.set)
        services = self._cluster_services.get(cluster_of(event.target.set))
        service = self._names_service if services is None else services.names
        looked = NamesScreen(event.target, self._latest_in(part), part.now, self.zone, service=service)
        if isinstance(shown, InspectCommands) and shown.is_inspect_screen:
            self.switch_screen(looked)
        else:
            self.push_screen(looked)

    @on(UsageRequested)
    def _usage_requested(self, event: UsageRequested) -> None:
        from stsview.ui.inspect.usage.usage_screen import UsageScreen

        shown = self.screen
        part = self.source.part(event.target.set)
        looked = UsageScreen(event.target, part.watch_usage, self._latest_in(part), part.now, self.zone)
        if isinstance(shown, InspectCommands) and shown.is_inspect_screen:
            self.switch_screen(looked)
        else:
            self.push_screen(looked)

    @property
    def open_forward_count(self) -> int:
        """How many ports are forwarded; the header shows it."""
        return 0 if self._opened_forwards is None else len(self._opened_forwards.forwards)

    @property
    def _ending_forwards(self) -> str:
        """What ends with stsview; empty while nothing is forwarded."""
        return "" if self._opened_forwards is None else self._opened_forwards.quit_warning()

    def _forwards(self) -> OpenForwards | None:
        """The forwarded ports; None, with a toast, where none can be."""
        if self._opened_forwards is None and self._forward_service is not None:
            from stsview.ui.inspect.forwards.open_forwards import OpenForwards

            self._opened_forwards = OpenForwards(self, self._forward_service, self.tick)
        if self._opened_forwards is None:
            toast(self, "no cluster to forward ports to", title="no port-forward", health=Health.WARNING)
        return self._opened_forwards

    @on(ForwardRequested)
    def _forward_requested(self, event: ForwardRequested) -> None:
        if (opened := self._forwards()) is not None:
            self._forward(opened, event.target, event.ports)

    @work(group="forward", exclusive=True, exit_on_error=False)
    async def _forward(self, opened: OpenForwards, target: InspectTarget, ports: str) -> None:
        from stsview.actions.errors import Refused
        from stsview.actions.port_forward.port_spec import parse_port
        from stsview.ui.inspect.forwards.forward_form import ForwardScreen

        try:
            if ports:
                await opened.open(target, parse_port(ports))
            else:
                declared = await opened.declared_ports(target)
                self.push_screen(ForwardScreen(target, declared, opened, self.source.part(target.set).now))
        except (Refused, ValueError) as error:
            toast(self, str(error), title=f"no port-forward to {target.pod}", health=Health.WARNING, seconds=10)

    def action_forwards(self, argument: str = "") -> None:
        from stsview.ui.inspect.forwards.forwards_screen import ForwardsScreen

        if isinstance(self.screen, ForwardsScreen) or (opened := self._forwards()) is None:
            return
        self.push_screen(ForwardsScreen(opened, self.latest, self.source.now, self.zone))

    def action_forwards_key(self) -> None:
        self.action_forwards()

    def on_forwards_screen_opened(self, event: ForwardsScreen.Opened) -> None:
        view = self.latest().fleet.sets.get(event.key)
        row = next((one for one in view.ordinals if one.name == event.pod), None) if view is not None else None
        self._push_set_screen(event.key, None if row is None else row.ordinal)

    @on(ExecRequested)
    def _exec_requested(self, event: ExecRequested) -> None:
        services = self._cluster_services.get(cluster_of(event.target.set))
        service = self._exec_service if services is None else services.run
        if service is None:
            toast(self, "this dashboard is read-only", title="no shell", health=Health.WARNING)
        else:
            self._run_in_pod(service, event.target, event.line)

    @work(group="exec", exclusive=True, exit_on_error=False)
    async def _run_in_pod(self, service: ExecService, target: InspectTarget, line: str) -> None:
        from stsview.ui.inspect.exec.launcher import launch

        view = self.latest().fleet.sets.get(target.set)

        def show_output(target: InspectTarget, plan: ExecPlan, line: str) -> None:
            from stsview.ui.inspect.exec.command_screen import CommandScreen

            part = self.source.part(target.set)
            self.push_screen(
                CommandScreen(
                    target,
                    part,
                    self._latest_in(part),
                    part.now,
                    self.zone,
                    service=service,
                    plan=plan,
                    line=line,
                )
            )

        await launch(self, service, self._named_commands, target, view, line, show_output)

    @on(StepCommands.LogWanted)
    def _quote_log(self, event: StepCommands.LogWanted) -> None:
        part = self._quoting if event.set is None else self.source.part(event.set)
        if self._quoting is not None and self._quoting is not part:
            self._quoting.quote_log(None)
        if part is not None:
            part.quote_log(event.run)
        self._quoting = part

    def _reason_for(self, intent: Intent) -> tuple[SetView, Finding] | None:
        """The set of an intent, and the finding behind it; None where there is no finding."""
        from stsview.actions.intents import SetIntent
        from stsview.ui.findings.finding_behind import finding_behind

        if not isinstance(intent, SetIntent):
            return None
        view = self.latest().fleet.sets.get(intent.set)
        finding = finding_behind(view, intent) if view is not None else None
        return None if view is None or finding is None else (view, finding)

    @on(WhyRequested)
    def _explain_plan(self, event: WhyRequested) -> None:
        if reason := self._reason_for(event.intent):
            from stsview.triage.on_first_use import rule_of
            from stsview.ui.findings.explain_screen import ExplainScreen
            from stsview.ui.findings.finding_text import details

            view, finding = reason
            rule = rule_of(finding.rule)
            if rule is not None:
                self.push_screen(
                    ExplainScreen(rule, details(finding, self.source.part(view.key).now(), self.zone, view=view))
                )

    @on(CanaryRequested)
    def _open_canary_form(self, event: CanaryRequested) -> None:
        from stsview.ui.changes.forms.canary_form import CanaryScreen

        part = self.source.part(event.view.key)
        self.push_screen(CanaryScreen(event.view, part, self._latest_in(part), part.now), event.on_closed)

    @on(HeaderLine.Clicked)
    async def _breadcrumb_clicked(self, event: HeaderLine.Clicked) -> None:
        match event.target:
            case header_layout.CONTEXT:
                await self.action_contexts()
            case header_layout.SCOPE:
                await self.action_namespaces()
            case header_layout.UP:
                self._back_to_fleet()
            case header_layout.FORWARDS:
                self.action_forwards()

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.InputEvent):
            self.source.give_way()
        await super().on_event(event)

    def on_key(self, event: events.Key) -> None:
        """Say why a key does nothing, and open the help over dialogs, which hide the keys of the app."""
        if self.screen.is_modal and event.key in keys_of("help", HELP_KEYS):
            from stsview.ui.kit.commands.help_screen import HelpScreen

            # Otherwise Textual looks the key up on the screen that is then on top too.
            event.prevent_default()
            if isinstance(self.screen, HelpScreen):
                self.screen.action_close()
            else:
                self.action_help()
            return
        unavailable = unavailable_for(self.screen, event.key)
        if unavailable is not None:
            explain(unavailable)

    async def run_action(
        self,
        action: str | ActionParseResult,
        default_namespace: DOMNode | None = None,
        namespaces: Mapping[str, DOMNode] | None = None,
    ) -> bool:
        done = await super().run_action(action, default_namespace, namespaces)
        if done and isinstance(action, str) and self.first_keys.note(action):
            self.tick()
        return done

    def action_help(self) -> None:
        from stsview.ui.kit.commands.help_screen import HelpScreen

        self.push_screen(HelpScreen(self.screen))

    async def action_palette(self) -> None:
        from stsview.ui.kit.commands.palette_screen import open_palette

        await open_palette(self)

    def action_retry(self, argument: str = "") -> None:
        if self._stopped is None:
            self.source.retry()
            toast(self, "retrying")

    def action_check_access(self, argument: str = "") -> None:
        self.source.retry()
        toast(self, "checking access")

    def action_record(self, file: str = "") -> None:
        former = self.latest().health.recorded_in
        if file or former:
            self._record(Path(file).expanduser() if file else None, former)
        else:
            toast(self, "name a new file, as in :record kafka.gz", health=Health.WARNING)

    @work(group="record", exclusive=True, exit_on_error=False)
    async def _record(self, path: Path | None, former: str) -> None:
        try:
            await self.source.record(path)
        except CannotRecord as error:
            toast(self, str(error), title="not recorded", health=Health.WARNING)
        else:
            toast(self, f"recording in {path}: :record ends it" if path else f"recorded in {former}")

    def action_theme(self, name: str = "") -> None:
        chosen = THEME_PREFIX + name.removeprefix(THEME_PREFIX)
        if chosen in PALETTES:
            self.theme = chosen
            self.kept_settings.theme = chosen.removeprefix(THEME_PREFIX)
            if self.kept_settings.changes():
                toast(self, "until you quit; :keep writes it into the configuration", title=f"theme {name}")
        else:
            known = ", ".join(theme_names(self))
            toast(self, f"themes: {known}", title=f"unknown theme {name!r}" if name else "", health=Health.WARNING)

    @work(group="keep", exclusive=True, exit_on_error=False)
    async def action_keep(self, argument: str = "") -> None:
        from stsview.config import BadConfiguration

        shown = [
            arrangement
            for screen in self.screen_stack
            if (arrangement := getattr(getattr(screen, "table", None), "arrangement", None)) is not None
        ]
        try:
            toast(self, await self.kept_settings.keep(shown))
        except BadConfiguration as error:
            toast(self, str(error), title="not kept", health=Health.WARNING, seconds=10)

    async def action_leave(self) -> None:
        """Quit from the fleet; elsewhere ask first, because the key goes back in other programs."""
        running = self.running_actions.running and not self._quit_requested
        if isinstance(self.screen, FleetScreen) or self._quit_requested or running:
            await self.action_quit()
            return
        toast(
            self,
            f"{hint('leave', 'q')} again to quit, {hint('back', 'esc')} to go back",
            title=self._ending_forwards or "quit stsview?",
            health=Health.WARNING,
            seconds=_ASKING_SECONDS,
        )
        self._request_quit()

    def action_help_quit(self) -> None:
        """Say what quits: Textual runs this for Ctrl-C, and would name a key of its own."""
        words = f"{hint('leave', 'q')} quits on the fleet, :q on any screen; {hint('back', 'esc')} goes back"
        toast(self, words, title="Ctrl-C does not quit")

    def _request_quit(self) -> None:
        self._quit_requested = True
        self.set_timer(_ASKING_SECONDS, self._cancel_quit_request)

    async def action_quit(self) -> None:
        again = f"{hint('leave', 'q')} again to quit"
        if self.running_actions.running and not self._quit_requested:
            from stsview.ui.changes.running_text import quit_warning

            words = [
                *(quit_warning(running_action.plan) for running_action in self.running_actions.running),
                *filter(None, (self._ending_forwards,)),
                again,
            ]
            toast(self, "\n".join(words), title="an action is running", health=Health.WARNING, seconds=_ASKING_SECONDS)
            self._request_quit()
            return
        if self._ending_forwards and not self._quit_requested:
            toast(self, again, title=self._ending_forwards, health=Health.WARNING, seconds=_ASKING_SECONDS)
            self._request_quit()
            return
        if self._crash is None:
            await self.end()
        else:
            trace = "".join(traceback.format_exception(self._crash))
            self.exit(return_code=1, message=Text("\n".join(safe_lines(trace))))

    async def end(self, code: int = 0) -> None:
        """Exit, before the session is closed: a running action may have something to finish first."""
        await self.running_actions.close()
        self.exit(return_code=code)

    def _cancel_quit_request(self) -> None:
        self._quit_requested = False

    @on(Worker.StateChanged)
    def _worker_ended(self, event: Worker.StateChanged) -> None:
        """Report an error that a worker did not handle."""
        if event.state is WorkerState.ERROR and event.worker.error is not None:
            error = event.worker.error
            _log.error("worker %s failed", event.worker.name, exc_info=error)
            toast(
                self,
                f"{type(error).__name__}: {error}",
                title="internal error in stsview",
                health=Health.DEGRADED,
                seconds=10,
            )
