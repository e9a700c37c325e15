"""`stsview check`: the findings of the rules, for CI."""

from __future__ import annotations

import argparse
import asyncio

from stsview.cli.output.check_formats import FORMATS, CheckReport, fails, unknown_reason
from stsview.cli.output.sarif import as_sarif
from stsview.cli.support.connect import opened
from stsview.cli.support.errors import CommandError, fail
from stsview.cli.support.select_sets import SetSelection, require_sets, select_sets
from stsview.cli.support.settle import resolve_settle, settled, settling
from stsview.cli.support.unknown_names import require_namespaces
from stsview.clock import Clock, SystemClock
from stsview.live.errors import CannotStart
from stsview.live.live import Live
from stsview.live.replay.recording_target import AnyTarget
from stsview.model.finding import Level
from stsview.model.settings import ModelSettings
from stsview.model.views import Severity
from stsview.objects.meta import Key
from stsview.text.numbers import count

LEVELS = {"notice": Level.NOTICE, "warning": Level.WARNING, "error": Level.ERROR}


def run(arguments: argparse.Namespace) -> int:
    """Check and print.

    Returns 0 without a finding at or above --fail-on, 1 with one, 2 if it could not be checked, or there was nothing
    to check. From files or a recording, 1 also where they lack what is needed to judge a set.
    """
    from stsview.cli.support.resolve import resolve_configuration, resolve_settings, resolve_source

    try:
        selection = SetSelection.of(arguments.sets, arguments.selector)
        configuration = resolve_configuration(arguments)
        target = resolve_source(arguments, configuration)
        settings = resolve_settings(arguments, configuration)
        lowest = LEVELS[arguments.min_severity]
        report = asyncio.run(
            check(
                target,
                settings,
                selection,
                lowest,
                resolve_settle(arguments),
                allow_empty=arguments.allow_empty,
                usage=arguments.usage,
            )
        )
    except (CannotStart, CommandError) as error:
        return fail(str(error))
    fail_on = LEVELS[arguments.fail_on]
    print_report = {**FORMATS, "sarif": as_sarif}["verbose" if arguments.verbose else arguments.output]
    print_report(report, fail_on)
    if report.unknown:
        view = report.unknown[0]
        others = len(report.unknown) - 1
        also = f" (and of {count(others, 'other StatefulSet')})" if others else ""
        code = fail(f"status of {view.key}{also} unknown: {unknown_reason(view)}")
        # The files could be read; they do not show that all is well.
        return 1 if arguments.from_files or arguments.replay else code
    if report.unmeasured:
        view, why = report.unmeasured[0]
        others = len(report.unmeasured) - 1
        also = f" (and of {count(others, 'other StatefulSet')})" if others else ""
        return fail(f"usage of {view.key}{also} unknown: {why}")
    return int(any(fails(finding, fail_on) for _, finding in report.findings))


async def check(
    target: AnyTarget,
    settings: ModelSettings,
    selection: SetSelection,
    lowest: Level,
    settle: float,
    clock: Clock | None = None,
    *,
    allow_empty: bool = False,
    usage: bool = False,
) -> CheckReport:
    """Check the selected sets, if needed twice (`stsview.cli.support.settle.settled`), and what they use (`usage`).

    Raises `CannotStart`; `CommandError` also where no set is selected, unless `allow_empty`.
    """
    clock = clock or SystemClock()
    async with opened(target, settling(settings, settle), clock) as (source, snapshot):
        if not allow_empty:
            selected = select_sets(snapshot, selection)
            await require_namespaces(source)
            require_sets(snapshot, selection, selected)
        failed: dict[Key, str] = {}
        if usage:
            if not isinstance(source, Live):
                raise CommandError("--usage: usage is not in the files; omit --usage")
            failed = await source.measure_usage([view.key for view in select_sets(snapshot, selection)])
            snapshot = source.snapshot
        snapshot = await settled(source, snapshot, lambda latest: select_sets(latest, selection), settle, clock)
        views = select_sets(snapshot, selection)
    findings = [(view, finding) for view in views for finding in view.findings if finding.level >= lowest]
    findings.sort(key=lambda one: -one[1].level)
    unknown = tuple(view for view in views if view.severity is Severity.UNKNOWN)
    named = bool(selection.names)
    unmeasured = tuple((view, failed[view.key]) for view in views if view.key in failed)
    return CheckReport(snapshot, tuple(views), tuple(findings), unknown, lowest, named, selection.labels, unmeasured)
