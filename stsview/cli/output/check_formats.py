"""The result of a check as text, JSON or JUnit XML."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from xml.etree import ElementTree as ET

import msgspec
from msgspec.structs import replace

from stsview.cli.output.console import LEVEL_STYLES, Console, Piece, print_disabled, print_origin, where
from stsview.cli.output.document import document, plain_value, to_json
from stsview.cli.output.table import Table, print_table
from stsview.live.snapshot import Snapshot
from stsview.model.finding import Certainty, Finding, Level
from stsview.model.states import Health
from stsview.model.views import SetView
from stsview.objects.meta import Key
from stsview.text.ages import age, in_local_time, short
from stsview.text.columns import Align, Column
from stsview.text.glyphs import glyph
from stsview.text.numbers import count
from stsview.text.terminal_text import safe
from stsview.triage.acknowledgement import ACKNOWLEDGED

_LEVEL_HEALTH = {Level.ERROR: Health.DEGRADED, Level.WARNING: Health.WARNING, Level.NOTICE: Health.NEUTRAL}


class CheckReport(msgspec.Struct, frozen=True):
    """The sets that were checked, and their findings."""

    snapshot: Snapshot
    sets: tuple[SetView, ...]
    """By namespace and name."""
    findings: tuple[tuple[SetView, Finding], ...]
    """Those at or above the lowest level asked for, the most severe first."""
    unknown: tuple[SetView, ...]
    """Sets that cannot be read well enough to call them healthy."""
    lowest: Level = Level.NOTICE
    """The lowest level asked for."""
    named: bool = False
    """Whether the sets were named."""
    labels: str = ""
    """The label selector that they match; empty without one."""
    unmeasured: tuple[tuple[SetView, str], ...] = ()
    """Sets whose usage was to be measured and is not known, or not all of it, and why."""

    def __repr__(self) -> str:
        # At the end of asyncio.run, signal.getsignal formats the main task with its result, and drops the text. Of
        # 10,000 sets that took longer than judging them.
        return f"<CheckReport of {len(self.sets)} sets>"


def fails(finding: Finding, fail_on: Level) -> bool:
    """Whether the finding fails the check; an acknowledged one never does."""
    return finding.level >= fail_on and not finding.acknowledged


def unknown_reason(view: SetView) -> str:
    """Why a set of unknown severity cannot be judged."""
    return view.unknown[0] if view.unknown else view.why.detail or view.why.headline


def _why_unknown(report: CheckReport) -> str:
    """The reason that most of the unknown sets have; not empty."""
    ((reason, number),) = Counter(map(unknown_reason, report.unknown)).most_common(1)
    return reason if number == len(report.unknown) else f"{reason}, and other reasons: -v shows them"


_COLUMNS = (
    Column("mark", "", priority=500),
    Column("object", "OBJECT", min_width=16, priority=450),
    Column("finding", "FINDING", min_width=20, priority=400),
    Column("since", "AGE", priority=200, align=Align.RIGHT),
)

_LEAST_WIDE = 80
"""Width of a terminal from which on there is room for more columns."""

_WIDE_COLUMNS = (
    *(replace(column, min_width=40) if column.id == "finding" else column for column in _COLUMNS),
    Column("rule", "RULE", priority=150),
    Column("set", "SET", priority=100),
    Column("confidence", "CONFIDENCE", priority=90),
    Column("symptoms", "SYMPTOMS", priority=80, align=Align.RIGHT),
    Column("next", "NEXT STEP", min_width=24, priority=140),
)


def as_text(
    report: CheckReport,
    fail_on: Level,
    *,
    verbose: bool = False,
    wide: bool = False,
    console: Console | None = None,
) -> None:
    """A line for each finding, and what was looked at.

    `verbose`: below each line its effect, steps, symptoms and evidence. `wide`: more columns.
    """
    console = console or Console()
    print_origin(report.snapshot, console)
    now = report.snapshot.now
    # A narrow terminal has no room for more columns.
    wide = wide and (console.room is None or console.room >= _LEAST_WIDE)
    columns = _WIDE_COLUMNS if wide else _COLUMNS
    cut = console.room is not None and not verbose
    rows = tuple(_row(view, finding, now, wide=wide, cut=cut) for view, finding in report.findings)
    if verbose:
        for (_, finding), row in zip(report.findings, rows, strict=True):
            _details(finding, row, now, console)
        for view in report.unknown:
            console.sentence(f"{view.key}  unknown: {unknown_reason(view)}", (f"{glyph(Health.UNKNOWN)} ", "bold"))
    elif rows:
        print_table(console, Table(columns, rows, titles=wide))
    for view, why in report.unmeasured:
        console.sentence(f"{view.key}  usage unknown: {why}", (f"{glyph(Health.UNKNOWN)} ", "bold"))
    for sentence in report.snapshot.health.degraded:
        console.sentence(sentence, ("? ", "bold"))
    print_disabled(report.snapshot, console)
    console.sentence(_summary(report))


def _row(view: SetView, finding: Finding, now: datetime, *, wide: bool, cut: bool) -> tuple[Piece, ...]:
    """The cells of a finding; `cut`: a narrow terminal may cut them at the end."""
    style = LEVEL_STYLES[finding.level]
    subject, headline = about(view.key, view, finding)
    if cut and finding.acknowledged:
        # At the end of the headline, where it belongs, a narrow terminal would cut it off.
        headline = f"{ACKNOWLEDGED}: {headline.rpartition(f' ({ACKNOWLEDGED}')[0] or headline}"
    cells: tuple[Piece, ...] = (
        (glyph(_LEVEL_HEALTH[finding.level]), style),
        subject,
        (headline, style),
        (age(finding.since, now), "dim"),
    )
    if not wide:
        return cells
    symptoms = str(len(finding.below)) if finding.below else ""
    return (*cells, finding.rule, str(view.key), finding.certainty.value, symptoms, finding.next)


def about(key: Key, view: SetView | None, finding: Finding) -> tuple[str, str]:
    """What the headline is about, with its namespace, and the rest of the headline; without a view, by names alone."""
    name, separator, rest = finding.headline.partition(": ")
    names = {finding.object.name} if view is None else {row.name for row in view.ordinals}
    if separator and (name == key.name or name in names):
        return f"{key.namespace}/{name}", rest
    return str(key), finding.headline


def _summary(report: CheckReport) -> str:
    """The last line: how many findings, in how many sets, and where they are."""
    scope = report.snapshot.scope
    sets = count(len(report.sets), "StatefulSet")
    sets += f" matching {report.labels}" if report.labels else ""
    hint = "" if report.named or scope.limit or len(scope.namespaces) != 1 else " (use -A for all namespaces)"
    place = f"in {where(scope)}"
    if not report.findings:
        above = f" at {report.lowest.name.lower()} or above" if report.lowest > min(Level) else ""
        if report.unknown:
            why = _why_unknown(report)
            return f"UNKNOWN: {len(report.unknown)} of {sets} {place} ({why}), no findings{above}{hint}"
        if report.unmeasured:
            return f"UNKNOWN: usage of {len(report.unmeasured)} of {sets} {place}, no findings{above}{hint}"
        ok = "OK: " if report.sets else ""
        return f"{ok}{sets} {place}, no findings{above}{hint}"
    found = {view.key for view, _ in report.findings}
    unknown = {view.key for view in report.unknown} - found
    clear = len(report.sets) - len(found) - len(unknown)
    rest = [
        f"{clear} without findings" if clear else "",
        f"{len(unknown)} unknown: {_why_unknown(report)}" if unknown else "",
        f"usage of {len(report.unmeasured)} unknown" if report.unmeasured else "",
    ]
    others = f" ({', '.join(filter(None, rest))})" if any(rest) else ""
    acknowledged = sum(finding.acknowledged for _, finding in report.findings)
    known = f" ({acknowledged} acknowledged)" if acknowledged else ""
    return f"{count(len(report.findings), 'finding')}{known} in {sets}{others} {place}{hint}"


def _details(finding: Finding, row: tuple[Piece, ...], now: datetime, console: Console) -> None:
    """The cells of a finding, whole, and below them all that is known about it."""
    mark, about, headline, since, *_ = row
    console.sentence(headline, mark, " ", about, "  ")
    facts = [_plain(since), "" if finding.certainty is Certainty.CERTAIN else "likely", finding.rule]
    console.line((f"    {'  '.join(fact for fact in facts if fact)}", "dim"))
    if finding.so:
        left = f", in {short((finding.until - now).total_seconds())}" if finding.until is not None else ""
        console.sentence(f"{finding.so}{left}", ("    effect    ", "dim"))
    for number, remedy in enumerate(finding.remedies, 1):
        console.sentence(f"{remedy.text}  ({remedy.danger.label})", (f"    step {number}".ljust(14), "dim"))
        if remedy.command:
            # Never wrapped, so that it can be copied.
            console.line(f"              {remedy.command}")
    for below in finding.below:
        console.sentence(below.headline, ("    also      ", "dim"))
    for one in finding.evidence:
        value = in_local_time(one.value, now)
        console.sentence(f"{one.object} {one.field} {value}", ("    evidence  ", "dim"))


def _plain(cell: Piece) -> str:
    return cell if isinstance(cell, str) else cell[0]


def as_json(report: CheckReport, fail_on: Level) -> None:
    """One document. The documentation of JSON output lists its fields."""
    findings = [{"set": plain_value(view.key), **plain_value(finding)} for view, finding in report.findings]
    content = document(
        "CheckReport",
        report.snapshot,
        sets=[{**plain_value(view.key), "severity": plain_value(view.severity)} for view in report.sets],
        findings=findings,
        failed=any(fails(finding, fail_on) for _, finding in report.findings),
        unmeasured=[{**plain_value(view.key), "reason": why} for view, why in report.unmeasured],
    )
    sys.stdout.write(to_json(content) + "\n")


def as_junit(report: CheckReport, fail_on: Level) -> None:
    """A test case for each set.

    Findings at or above `fail_on` fail it, the others are its output.
    """
    suite = ET.Element(
        "testsuite", name="stsview check", timestamp=report.snapshot.now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    )
    failures = errors = 0
    for view in report.sets:
        case = ET.SubElement(suite, "testcase", classname=view.namespace, name=view.name)
        findings = [finding for at, finding in report.findings if at is view]
        failing = [finding for finding in findings if fails(finding, fail_on)]
        if view in report.unknown:
            errors += 1
            ET.SubElement(case, "error", message="status unknown").text = "\n".join(map(safe, view.unknown))
        if (why := next((why for one, why in report.unmeasured if one is view), None)) is not None:
            errors += view not in report.unknown
            ET.SubElement(case, "error", message="usage unknown").text = safe(why)
        if failing:
            failures += 1
            failure = ET.SubElement(case, "failure", type=failing[0].rule, message=safe(failing[0].headline))
            failure.text = "\n".join(_sentence(finding) for finding in failing)
        others = [finding for finding in findings if not fails(finding, fail_on)]
        if others:
            ET.SubElement(case, "system-out").text = "\n".join(_sentence(finding) for finding in others)
    if report.snapshot.disabled_rules:
        properties = ET.Element("properties")
        ET.SubElement(properties, "property", name="disabled rules", value=" ".join(report.snapshot.disabled_rules))
        suite.insert(0, properties)
    ET.indent(suite)
    suite.attrib.update(tests=str(len(report.sets)), failures=str(failures), errors=str(errors))
    sys.stdout.write('<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(suite, encoding="unicode") + "\n")


def _sentence(finding: Finding) -> str:
    parts = (finding.level.name.lower(), finding.rule, finding.headline, finding.so, finding.next)
    return safe(": ".join(part for part in parts if part))


FORMATS: dict[str, Callable[[CheckReport, Level], None]] = {
    "text": as_text,
    "verbose": partial(as_text, verbose=True),
    "wide": partial(as_text, wide=True),
    "json": as_json,
    "junit": as_junit,
}
