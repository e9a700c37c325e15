"""`stsview`: the dashboard on a cluster of the kubeconfig."""

from __future__ import annotations

import argparse
import asyncio
import gc
import re
import signal
import sys
from typing import TYPE_CHECKING

from stsview.cli.refusal import refuse
from stsview.live.errors import CannotStart

if TYPE_CHECKING:
    from stsview.live.target import Target
    from stsview.ui.app import StsviewApp

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
"""RFC 1123 label, as namespaces must be named (apimachinery/pkg/util/validation)."""


def run(arguments: argparse.Namespace) -> int:
    """Open the dashboard and return the exit code of the program."""
    from stsview.live.target import KubeconfigTarget

    try:
        namespaces = chosen_namespaces(arguments)
        target = KubeconfigTarget(
            arguments.kubeconfig,
            arguments.context,
            namespaces,
            as_user=arguments.as_user,
            as_groups=tuple(arguments.as_groups),
        )
    except CannotStart as error:
        return refuse(str(error))
    return show(target, theme=arguments.theme, cluster_domain=arguments.cluster_domain)


def show(target: Target, *, theme: str | None, cluster_domain: str) -> int:
    """Run the app on a cluster until it is left. Needs a terminal."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return refuse("the dashboard needs a terminal on standard input and output")
    # Loading makes a great many objects that all stay: looking for garbage among them takes a fifth of the start.
    gc.disable()
    # Only now: Textual takes a third of a second to load, and every error so far was told without it.
    from stsview.live.live import Live
    from stsview.model.settings import ModelSettings
    from stsview.ui.app import StsviewApp

    app = StsviewApp(Live(target, settings=ModelSettings(cluster_domain=cluster_domain)), theme=theme)
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


def chosen_namespaces(arguments: argparse.Namespace) -> tuple[str, ...] | None:
    """The namespaces that the command line names: none of them for all, None where it says nothing.

    Raises `CannotStart` for what can be no name.
    """
    if arguments.all_namespaces:
        return ()
    if arguments.namespace is None:
        return None
    names = tuple(dict.fromkeys(name.strip() for name in arguments.namespace.split(",")))
    for name in names:
        if not _LABEL.fullmatch(name):
            raise CannotStart(f"{name!r} is no name of a namespace: letters, digits and '-', as in -n data,infra")
    return names
