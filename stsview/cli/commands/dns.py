"""`stsview dns SET`: the names of a set, as the API publishes them and as they resolve inside the cluster."""

from __future__ import annotations

import argparse
import asyncio
import shlex
import sys

from stsview.actions.dns.lookup import look_up, lookup_plan
from stsview.actions.dns.set_names import PodNames, SetNames, nothing_answers, read_set_names, set_names
from stsview.actions.errors import Refused
from stsview.actions.exec.service import refusal_of
from stsview.actions.exec.target import find_target
from stsview.actions.execution.audit_log import AuditLog, usual_path
from stsview.cli.output.console import Console, Piece
from stsview.cli.output.document import document, to_json
from stsview.cli.output.table import Table, print_table
from stsview.cli.support.connect import connected
from stsview.cli.support.errors import CommandError, fail
from stsview.cli.support.resolve import resolve_configuration, resolve_settings, resolve_target
from stsview.cli.support.select_sets import find_set
from stsview.cli.support.terminal import Prompt, terminal_prompt
from stsview.clock import Clock
from stsview.cluster.errors import ClusterError
from stsview.cluster.http.session import Session
from stsview.live.errors import CannotStart
from stsview.live.snapshot import Snapshot
from stsview.live.target import Target
from stsview.model.names import listed
from stsview.model.related.dns_answers import Answers, Comparison
from stsview.model.settings import ModelSettings
from stsview.model.states import Health, ServiceStatus
from stsview.model.views import SetView
from stsview.text.columns import Align, Column

_STYLES = {Health.READY: "green", Health.DEGRADED: "bold red", Health.PROGRESSING: "yellow"}


def run(arguments: argparse.Namespace) -> int:
    """Print the names; returns 0, 1 if answers differ, 2 if nothing was read or asked."""
    try:
        configuration = resolve_configuration(arguments)
        target = resolve_target(arguments, configuration)
        settings = resolve_settings(arguments, configuration)
        return asyncio.run(show_names(target, settings, arguments, terminal_prompt(), AuditLog(usual_path())))
    except (CannotStart, CommandError, Refused, ClusterError) as error:
        return fail(str(error))


async def show_names(
    target: Target,
    settings: ModelSettings,
    arguments: argparse.Namespace,
    prompt: Prompt | None,
    audit: AuditLog,
    clock: Clock | None = None,
) -> int:
    """Print the names of a set, and with `--from` what they resolve to; returns the exit code.

    Raises `CannotStart`, `CommandError`, `Refused`.
    """
    async with connected(target, settings, clock) as (live, snapshot):
        view = find_set(snapshot, arguments.set)
        session = live.session
        assert session is not None  # noqa: S101 - connected
        if not view.service.name:
            raise CommandError(f"{view.key} names no Service: its pods have no DNS names of their own")
        asked_from = _pod(view, arguments.asked_from) if arguments.asked_from is not None else ""
        answers = await _ask(session, audit, view, asked_from, arguments, prompt) if asked_from else None
        if answers is not None:
            # Time has passed: the operator was asked, and the command ran.
            snapshot = live.snapshot
            view = find_set(snapshot, arguments.set)
        found = await read_set_names(session, view)
        compared = found.compared(answers, asked_from) if answers is not None else None
    if arguments.output == "json":
        sys.stdout.write(to_json(_document(snapshot, found, asked_from, compared)) + "\n")
    else:
        as_text(found, asked_from, compared, Console())
    return int(compared is not None and not all(one.verdict.good for one in compared))


def _pod(view: SetView, text: str) -> str:
    """The pod of `--from`. Raises `CommandError` where a pod of the set does not exist."""
    if text.isdecimal() and text.isascii():
        row = next((row for row in view.ordinals if row.owned and row.ordinal == int(text)), None)
        if row is None:
            raise CommandError(f"{view.key} has no ordinal {int(text)}")
        return row.name
    namespace, _, pod = text.removeprefix("pod/").rpartition("/")
    if namespace not in ("", view.namespace):
        raise CommandError(f"--from {text} is in another namespace: use a pod in {view.namespace}")
    return pod


async def _ask(
    session: Session,
    audit: AuditLog,
    view: SetView,
    pod: str,
    arguments: argparse.Namespace,
    prompt: Prompt | None,
) -> Answers:
    names = set_names(view, {}).names
    if not names:
        raise CommandError(f"{view.key} has no ordinals to ask for")
    if refusal := refusal_of(session):
        raise Refused(refusal)
    target = await find_target(session, view.namespace, pod, arguments.container)
    plan = lookup_plan(target, names)
    if not arguments.yes:
        if prompt is None:
            raise CommandError("not confirmed, nothing was run; to run the command: --yes")
        console = Console(sys.stderr)
        console.line((f"{plan.words} in {target.namespace} runs:", "bold"))
        console.sentence(shlex.join(plan.command), "  ")
        if (await prompt("Run it? [y/N]")).lower() not in ("y", "yes"):
            raise CommandError("aborted, nothing was run")
    return await look_up(session, audit, plan, names)


def as_text(found: SetNames, asked_from: str, compared: tuple[Comparison, ...] | None, console: Console) -> None:
    """The Service, a line for each ordinal, and a sentence for each difference."""
    view = found.view
    service = view.service
    publishes = "publishes pods that are not ready too" if service.publishes_not_ready else "publishes ready pods only"
    exists = service.status not in (ServiceStatus.MISSING, ServiceStatus.UNKNOWN)
    console.facts([f"Service {service.name}: {service.status.label}", publishes if exists else ""])
    if found.problem:
        console.sentence((found.problem, "bold yellow"))
    if not found.pods:
        console.line(f"{view.key} has no ordinals")
        return
    console.facts([f"full names: {view.name}-N.{found.names[0].service}.{found.names[0].domain}"])
    columns = [
        Column("ordinal", "ORD", priority=200, align=Align.RIGHT),
        Column("name", "NAME", priority=190, min_width=12),
        Column("address", "ADDRESS", priority=150),
        Column("ready", "READY", priority=120),
        Column("hostname", "HOSTNAME", priority=90),
        Column("api", "API", priority=180),
    ]
    if compared is not None:
        columns.append(Column("inside", f"FROM {asked_from}", priority=185))
    rows = [
        (*_cells(one, found), *(_verdict(compared[number]) if compared is not None else ()))
        for number, one in enumerate(found.pods)
    ]
    # The lines above name the Service.
    shorter = tuple((row[0], one.names.pod, *row[2:]) for row, one in zip(rows, found.pods, strict=True))
    print_table(console, Table(tuple(columns), tuple(rows)), Table(tuple(columns), shorter))
    for detail, pods in _grouped([(one.names.pod, one.dns.detail) for one in found.pods]):
        console.sentence(detail, (f"{listed(pods)}: ", "bold"))
    advice = {one.words: one.advice for one in compared or ()}
    words = [(pod.names.pod, one.words) for pod, one in zip(found.pods, compared or (), strict=False)]
    for difference, pods in _grouped(words):
        console.sentence(difference, (f"{listed(pods)}: ", "bold yellow"))
        if advice[difference]:
            console.sentence(advice[difference], "  next step: ")
    if compared is not None and nothing_answers(compared):
        console.sentence(f"no name answers in {asked_from}: DNS may not be reachable from there", ("all: ", "bold red"))


def _grouped(words: list[tuple[str, str]]) -> list[tuple[str, list[str]]]:
    """The pods of which the same is said, by what is said; without those of which nothing is."""
    groups: dict[str, list[str]] = {}
    for pod, said in words:
        if said:
            groups.setdefault(said, []).append(pod)
    return list(groups.items())


def _cells(pod: PodNames, found: SetNames) -> tuple[Piece, ...]:
    published = pod.published
    unknown = "?" if found.problem else "-"
    return (
        str(pod.ordinal),
        pod.names.short,
        ", ".join(published.addresses) if published is not None else unknown,
        ("yes" if published.ready else "no") if published is not None else unknown,
        (published.hostname or "none") if published is not None else unknown,
        (pod.dns.status.label, _STYLES.get(pod.dns.health, "")),
    )


def _verdict(comparison: Comparison) -> tuple[Piece, ...]:
    return ((comparison.verdict.value, "green" if comparison.verdict.good else "bold yellow"),)


def _document(
    snapshot: Snapshot, found: SetNames, asked_from: str, compared: tuple[Comparison, ...] | None
) -> dict[str, object]:
    names = [
        {
            "ordinal": pod.ordinal,
            "name": pod.names.full,
            "shortName": pod.names.short,
            "status": pod.dns.status.value,
            "detail": pod.dns.detail,
            "addresses": pod.published.addresses if pod.published is not None else None if found.problem else (),
            "ready": pod.published.ready if pod.published is not None else None,
            "hostname": pod.published.hostname if pod.published is not None else "",
            "answer": None
            if compared is None
            else {
                "verdict": compared[number].verdict.value,
                "addresses": compared[number].addresses,
                "words": compared[number].words,
                "advice": compared[number].advice,
            },
        }
        for number, pod in enumerate(found.pods)
    ]
    return document(
        "SetNames",
        snapshot,
        key=found.view.key,
        service=found.view.service,
        problem=found.problem,
        askedFrom=asked_from,
        names=names,
    )
