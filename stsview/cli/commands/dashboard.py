"""`stsview`: the dashboard on a cluster of the kubeconfig."""

from __future__ import annotations

import argparse
import asyncio
import gc
import signal
import sys
from typing import TYPE_CHECKING

from stsview.cli.support.refuse import refuse
from stsview.live.errors import CannotStart

if TYPE_CHECKING:
    from stsview.live.target import Target
    from stsview.model.settings import ModelSettings
    from stsview.ui.app import StsviewApp


def run(arguments: argparse.Namespace) -> int:
    """Open the dashboard and return the exit code of the program."""
    from stsview.cli.support.resolve import chosen_configuration, chosen_settings, chosen_target

    try:
        configuration = chosen_configuration(arguments)
        target = chosen_target(arguments, configuration)
    except CannotStart as error:
        return refuse(str(error))
    return show(target, theme=arguments.theme, settings=chosen_settings(arguments, configuration))


def show(target: Target, *, theme: str | None, settings: ModelSettings) -> int:
    """Run the app on a cluster until it is left. Needs a terminal."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return refuse("the dashboard needs a terminal on standard input and output")
    # Loading makes a great many objects that all stay: looking for garbage among them takes a fifth of the start.
    gc.disable()
    # Only now: Textual takes a third of a second to load, and every error so far was told without it.
    from stsview.actions.lazy_service import LazyActionService
    from stsview.live.live import Live
    from stsview.ui.app import StsviewApp

    live = Live(target, settings=settings)
    app = StsviewApp(live, theme=theme, action_service=LazyActionService(live, settings))
    gc.freeze()
    gc.enable()
    asyncio.run(_until_left(app))
    if app.failure:
        return refuse(app.failure)
    return app.return_code or 0


async def _until_left(app: StsviewApp) -> None:
    """Run the app; a signal that ends it leaves the terminal as it was, with the exit code a shell would give."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        loop.add_signal_handler(number, app.exit, None, 128 + number)
    await app.run_async()
