"""`stsview port-forward`: local ports, forwarded to a pod."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable, Sequence

from stsview.actions.errors import Refused
from stsview.actions.execution.audit_log import AuditLog, usual_path
from stsview.actions.port_forward.forward import Forward, address_text
from stsview.actions.port_forward.listener import parse_addresses
from stsview.actions.port_forward.port_spec import PortSpec, parse_port
from stsview.actions.port_forward.service import PortForwards, open_address_warning, refusal_of
from stsview.cli.support.errors import CommandError, fail
from stsview.cli.support.locate_pod import PodName, locate_pod, parse_pod
from stsview.cli.support.resolve import resolve_configuration, resolve_target
from stsview.cli.support.signals import stop_on_signal
from stsview.clock import SystemClock
from stsview.cluster.errors import ClusterError
from stsview.cluster.http.session import Session
from stsview.cluster.http.write_gate import WriteGate
from stsview.live.errors import CannotStart
from stsview.live.target import KubeconfigTarget
from stsview.program_name import program_name


def run(arguments: argparse.Namespace) -> int:
    """Forward until interrupted; returns 130 or the like, 2 if nothing was forwarded, 1 if the output was closed."""
    try:
        name, specs, addresses = _parsed(arguments)
        configuration = resolve_configuration(arguments)
        target = resolve_target(arguments, configuration)
        return asyncio.run(_until_interrupted(target, name, specs, addresses))
    except (CannotStart, CommandError, Refused, ClusterError) as error:
        return fail(str(error))


def _parsed(arguments: argparse.Namespace) -> tuple[PodName, list[PortSpec], tuple[str, ...]]:
    name = parse_pod(arguments.pod)
    try:
        return name, [parse_port(text) for text in arguments.ports], parse_addresses(arguments.address)
    except ValueError as error:
        raise CommandError(str(error)) from error


async def _until_interrupted(
    target: KubeconfigTarget, name: PodName, specs: Sequence[PortSpec], addresses: Sequence[str]
) -> int:
    task = asyncio.current_task()
    assert task is not None  # noqa: S101 - asyncio.run runs this in one

    def stop() -> None:
        task.cancel()

    lines = _Lines(stop)
    with stop_on_signal(stop) as received:
        try:
            await _forward(target, name, specs, addresses, lines)
        except asyncio.CancelledError:
            if lines.closed:
                return 1
            return 128 + received[0] if received else 130
    return 0


async def _forward(
    target: KubeconfigTarget, name: PodName, specs: Sequence[PortSpec], addresses: Sequence[str], lines: _Lines
) -> None:
    """Forward until cancelled."""
    config = await target.config()
    session = Session(config, SystemClock(), gate=WriteGate(target.rules(config.context).read_only))
    forwards = PortForwards(session, AuditLog(usual_path()))
    forwards.said = lines.say
    try:
        if refusal := refusal_of(session):
            raise Refused(refusal)
        key = await locate_pod(session, name, target.scope.namespaces)
        opened = await forwards.open(key.namespace, key.name, specs, addresses)
        for forward in opened:
            for host, port in forward.addresses:
                lines.show(f"Forwarding from {address_text(host, port)} -> {forward.target}")
        if warning := open_address_warning(addresses, key.name):
            lines.warn(f"warning: --address: {warning}")
        await asyncio.Event().wait()
    finally:
        await forwards.close()
        await session.close()


class _Lines:
    """Prints a line at a time; calls `stop` once its reader has gone."""

    def __init__(self, stop: Callable[[], None]) -> None:
        self.closed = False
        self._stop = stop

    def say(self, forward: Forward, words: str, warning: bool) -> None:
        if warning:
            self.warn(words)
        else:
            self.show(words)

    def show(self, words: str) -> None:
        try:
            print(words, flush=True)
        except BrokenPipeError:
            # What Python flushes at exit must not raise again.
            sys.stdout = None
            self.closed = True
            self._stop()

    def warn(self, words: str) -> None:
        print(f"{program_name()}: {words}", file=sys.stderr, flush=True)
