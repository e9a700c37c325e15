"""Start of the dashboard, on the operator's cluster or the demo's."""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import Mapping
from typing import TYPE_CHECKING

from stsview.cli.support.errors import fail
from stsview.cli.support.terminal import NO_TERMINAL, is_terminal

if TYPE_CHECKING:
    from stsview.live.files.file_source import FileTarget
    from stsview.live.target import Target
    from stsview.model.settings import ModelSettings
    from stsview.ui.app import StsviewApp


def open_dashboard(
    target: Target | FileTarget,
    *,
    theme: str | None,
    settings: ModelSettings,
    filters: Mapping[str, str] | None = None,
) -> int:
    """Run the app until it is closed; returns the exit code. Needs a terminal.

    `filters` are those saved in the configuration, by name.
    """
    from stsview.live.errors import CannotStart
    from stsview.live.files.file_source import FileTarget

    files = None
    if isinstance(target, FileTarget):
        try:
            files = target.open(settings)
        except CannotStart as error:
            return fail(str(error))
    if not is_terminal():
        return fail(NO_TERMINAL)
    # Imports create a great many objects that all stay: collecting garbage among them takes a fifth of the start.
    gc.disable()
    # Not before: Textual takes a third of a second to import, and no error so far needs it.
    import platformdirs

    from stsview.actions.lazy_service import LazyActionService
    from stsview.live.collector import pause_collector_until_loaded
    from stsview.live.live import Live
    from stsview.ui.app import StsviewApp
    from stsview.ui.kit.first_keys import FirstKeys

    first_keys = FirstKeys(platformdirs.user_state_path("stsview") / "first-keys-used")
    if isinstance(target, FileTarget):
        assert files is not None  # noqa: S101 - opened above
        app = StsviewApp(files, theme=theme, first_keys=first_keys, saved_filters=filters)
    else:
        live = Live(target, settings=settings, keep_trying=True)
        pause_collector_until_loaded(live)
        service = LazyActionService(live, settings)
        app = StsviewApp(live, theme=theme, action_service=service, first_keys=first_keys, saved_filters=filters)
    gc.freeze()
    if files is not None:
        gc.enable()
    asyncio.run(_run_app(app))
    if app.failure:
        return fail(app.failure)
    return app.return_code or 0


async def _run_app(app: StsviewApp) -> None:
    """Run the app.

    A signal that ends it restores the terminal and gives the exit code that a shell would give.
    """
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        loop.add_signal_handler(number, app.exit, None, 128 + number)
    await app.run_async()
