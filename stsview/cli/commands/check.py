"""`stsview check`: the rules, for scripts."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from stsview.cli.support.connect import CouldNotLook, looking
from stsview.cli.support.refuse import refuse
from stsview.cli.support.select_sets import Wanted, selected
from stsview.clock import Clock, SystemClock
from stsview.live.errors import CannotStart
from stsview.live.live import FLUSH_SECONDS, Live
from stsview.live.snapshot import CURRENT, Snapshot
from stsview.live.target import Target
from stsview.model.finding import Finding, Level
from stsview.model.settings import ModelSettings
from stsview.model.views import SetView, Severity


@dataclass(frozen=True, slots=True)
class Report:
    """What was found."""

    snapshot: Snapshot
    sets: tuple[SetView, ...]
    """Those that were looked at, by namespace and name."""
    findings: tuple[tuple[SetView, Finding], ...]
    """Those at or above the least level asked for, the gravest first."""
    unknown: tuple[SetView, ...]
    """Sets of which too much cannot be read to say that they are well."""


def run(arguments: argparse.Namespace) -> int:
    """Look, print, and return the exit code: 0 nothing at or above --fail-on, 1 findings, 2 could not look."""
    from stsview.cli.output.check_formats import FORMATS
    from stsview.cli.support.resolve import chosen_configuration, chosen_settings, chosen_target

    try:
        wanted = Wanted.of(arguments.sets, arguments.selector)
        configuration = chosen_configuration(arguments)
        target = chosen_target(arguments, configuration)
        settings = chosen_settings(arguments, configuration)
        least = LEVELS[arguments.min_severity]
        report = asyncio.run(check(target, settings, wanted, least, arguments.settle))
    except (CannotStart, CouldNotLook) as error:
        return refuse(str(error))
    print_ = FORMATS[arguments.output]
    fail_on = LEVELS[arguments.fail_on]
    print_(report, fail_on)
    if report.unknown:
        view = report.unknown[0]
        why = view.unknown[0] if view.unknown else view.why.detail
        return refuse(f"cannot tell how {view.key} is: {why}")
    return int(any(finding.level >= fail_on for _, finding in report.findings))


LEVELS = {"notice": Level.NOTICE, "warning": Level.WARNING, "error": Level.ERROR}


async def check(
    target: Target,
    settings: ModelSettings,
    wanted: Wanted,
    least: Level,
    settle: float,
    clock: Clock | None = None,
) -> Report:
    """Look at the sets that are `wanted`, and once more `settle` seconds later where time tells more.

    What no object dates, such as a pod that nothing keeps from being created, counts as lasting once it was seen in
    both looks. Raises `CannotStart`, `CouldNotLook`.
    """
    clock = clock or SystemClock()
    hasty = replace(
        settings,
        observe_grace=min(settings.observe_grace, settle),
        act_grace=min(settings.act_grace, settle),
    )
    async with looking(target, hasty, clock) as (live, snapshot):
        if settle and _tells_more(live, selected(snapshot, wanted), settle):
            # The picture follows what is due within a flush or two.
            await clock.sleep(settle + 2 * FLUSH_SECONDS)
            snapshot = live.snapshot
            if snapshot.health.link not in CURRENT:
                raise CouldNotLook(snapshot.health.problem or "the cluster fell silent between the two looks")
        views = selected(snapshot, wanted)
    found = [(view, finding) for view in views for finding in view.findings if finding.level >= least]
    found.sort(key=lambda one: -one[1].level)
    unknown = tuple(view for view in views if view.severity is Severity.UNKNOWN)
    return Report(snapshot, tuple(views), tuple(found), unknown)


def _tells_more(live: Live, views: Sequence[SetView], settle: float) -> bool:
    """Whether any view would change by time alone until then."""
    until = live.now() + timedelta(seconds=settle)
    return any(view.next_change is not None and view.next_change <= until for view in views)
