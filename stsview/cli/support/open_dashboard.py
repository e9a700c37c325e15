"""Start of the dashboard, on the operator's cluster or the demo's."""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stsview.cli.support.end_guard import EndGuard
from stsview.cli.support.errors import fail
from stsview.cli.support.terminal import NO_TERMINAL, is_terminal

if TYPE_CHECKING:
    from stsview.config import Configuration
    from stsview.live.clusters.targets import ClusterTargets
    from stsview.live.files.file_source import FileSource
    from stsview.live.recording.recorder import Recorder
    from stsview.live.replay.recording_target import AnyTarget
    from stsview.live.replay.replay_source import ReplaySource
    from stsview.model.settings import ModelSettings
    from stsview.ui.app import StsviewApp


_SWITCH_SECONDS = 0.001


def open_dashboard(
    target: AnyTarget | ClusterTargets,
    *,
    theme: str | None,
    settings: ModelSettings,
    filters: Mapping[str, str] | None = None,
    named_commands: Mapping[str, Mapping[str, str]] | None = None,
    configuration: Configuration | None = None,
    configuration_file: Path | None = None,
    clean_up: Callable[[], None] | None = None,
    background_usage: bool = True,
    record: str | None = None,
    speed: float | None = None,
) -> int:
    """Run the app until it is closed; returns the exit code. Needs a terminal.

    Of several clusters, it shows one fleet.

    `filters` are those saved in the configuration, by name; `named_commands` those to run in pods, by set and name.
    `configuration` has the columns and orders; `configuration_file` is where they can be kept.
    `background_usage`: whether to measure the volumes of a small cluster while no set is shown.

    `clean_up` is called when the process has to be ended because something hangs; it must not block. `record` is a file
    to record in. `speed` is that of a recording, which is played then from the beginning.
    """
    from stsview.live.clusters.targets import ClusterTargets
    from stsview.live.errors import CannotRecord, CannotStart
    from stsview.live.files.file_target import FileTarget
    from stsview.live.replay.recording_target import RecordingTarget

    files: FileSource | None = None
    replay: ReplaySource | None = None
    try:
        if isinstance(target, FileTarget):
            files = target.open(settings)
        elif isinstance(target, RecordingTarget):
            replay = target.open(settings, at_start=True)
    except CannotStart as error:
        return fail(str(error))
    if not is_terminal():
        return fail(NO_TERMINAL)
    try:
        recorder = _recorder(record) if record else None
    except CannotRecord as error:
        return fail(str(error))
    # Imports create a great many objects that all stay: collecting garbage among them takes a fifth of the start.
    gc.disable()
    # Not before: Textual takes a third of a second to import, and no error so far needs it.
    import platformdirs

    from stsview.actions.dns.lazy_service import LazyNamesService
    from stsview.actions.exec.lazy_service import LazyExecService
    from stsview.actions.lazy_service import LazyActionService
    from stsview.actions.port_forward.lazy_service import LazyForwardService
    from stsview.live.collector import pause_collector_until_loaded
    from stsview.live.live import Live
    from stsview.ui.app import StsviewApp
    from stsview.ui.kit.first_keys import FirstKeys

    first_keys = FirstKeys(platformdirs.user_state_path("stsview") / "first-keys-used")
    app: StsviewApp
    if replay is not None:
        from stsview.ui.replay.replay_app import ReplayApp

        app = ReplayApp(
            replay,
            speed=speed,
            theme=theme,
            first_keys=first_keys,
            saved_filters=filters,
            configuration=configuration,
            configuration_file=configuration_file,
        )
    elif files is not None:
        app = StsviewApp(
            files,
            theme=theme,
            first_keys=first_keys,
            saved_filters=filters,
            configuration=configuration,
            configuration_file=configuration_file,
        )
    elif isinstance(target, ClusterTargets):
        app = _app_of_clusters(
            target,
            settings,
            background_usage,
            theme=theme,
            first_keys=first_keys,
            saved_filters=filters,
            named_commands=named_commands,
            configuration=configuration,
            configuration_file=configuration_file,
        )
    else:
        assert not isinstance(target, FileTarget | RecordingTarget)  # noqa: S101 - they were opened above
        live = Live(target, settings=settings, keep_trying=True, background_usage=background_usage, recorder=recorder)
        pause_collector_until_loaded(live)
        service = LazyActionService(live, settings)
        app = StsviewApp(
            live,
            theme=theme,
            action_service=service,
            first_keys=first_keys,
            saved_filters=filters,
            exec_service=LazyExecService(live),
            named_commands=named_commands,
            forward_service=LazyForwardService(live),
            names_service=LazyNamesService(live),
            configuration=configuration,
            configuration_file=configuration_file,
        )
    # Threads read keys and write frames: at most that long they wait for one that computes.
    sys.setswitchinterval(_SWITCH_SECONDS)
    gc.freeze()
    gc.enable()
    try:
        asyncio.run(_run_app(app, clean_up))
    finally:
        if recorder is not None:
            recorder.close()
    if app.failure:
        return fail(app.failure)
    return app.return_code or 0


def _app_of_clusters(
    clusters: ClusterTargets, settings: ModelSettings, background_usage: bool, **of_app: Any
) -> StsviewApp:
    """The app on one fleet of several clusters: each has services of its own, which know no other cluster."""
    from stsview.actions.cluster_actions import ClusterActions
    from stsview.actions.dns.lazy_service import LazyNamesService
    from stsview.actions.exec.lazy_service import LazyExecService
    from stsview.actions.lazy_service import LazyActionService
    from stsview.actions.port_forward.cluster_forwards import ClusterForwards
    from stsview.actions.port_forward.lazy_service import LazyForwardService
    from stsview.live.clusters.multi_source import MultiSource
    from stsview.live.collector import pause_collector_until_loaded
    from stsview.live.live import Live
    from stsview.ui.app import StsviewApp
    from stsview.ui.cluster_services import ClusterServices

    lives = {
        context: Live(target, settings=settings, keep_trying=True, background_usage=background_usage)
        for context, target in clusters.targets.items()
    }
    source = MultiSource(lives)
    pause_collector_until_loaded(source)
    services = {
        context: ClusterServices(LazyExecService(live), LazyForwardService(live), LazyNamesService(live))
        for context, live in lives.items()
    }
    return StsviewApp(
        source,
        action_service=ClusterActions({context: LazyActionService(live, settings) for context, live in lives.items()}),
        forward_service=ClusterForwards({context: one.forwards for context, one in services.items()}),
        cluster_services=services,
        **of_app,
    )


def _recorder(path: str) -> Recorder:
    from stsview.live.recording.recorder import Recorder

    return Recorder(Path(path))


async def _run_app(app: StsviewApp, clean_up: Callable[[], None] | None) -> None:
    """Run the app.

    A signal that ends it restores the terminal and gives the exit code that a shell would give.
    """
    loop = asyncio.get_running_loop()

    def exit_by(number: int) -> None:
        ending = app.end(128 + number)
        try:
            asyncio.run_coroutine_threadsafe(ending, loop)
        except RuntimeError:
            # The loop is closed: the program is ending anyway.
            ending.close()

    guard = EndGuard(exit_by)
    if clean_up is not None:
        guard.clean_up_with(clean_up)
    app.on_exit = guard.ends
    await app.run_async()
