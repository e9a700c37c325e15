"""The result of a check as text, JSON or JUnit XML."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

from stsview.cli.output.console import LEVEL_STYLES, Console, print_origin
from stsview.cli.output.document import document, plain_value, to_json
from stsview.live.snapshot import Snapshot
from stsview.model.finding import Certainty, Finding, Level
from stsview.model.states import Health
from stsview.model.views import SetView
from stsview.text.ages import age, short
from stsview.text.glyphs import glyph
from stsview.text.numbers import count
from stsview.text.terminal_text import safe

_LEVEL_HEALTH = {Level.ERROR: Health.DEGRADED, Level.WARNING: Health.WARNING, Level.NOTICE: Health.NEUTRAL}


@dataclass(frozen=True, slots=True)
class CheckReport:
    """The sets that were checked, and their findings."""

    snapshot: Snapshot
    sets: tuple[SetView, ...]
    """By namespace and name."""
    findings: tuple[tuple[SetView, Finding], ...]
    """Those at or above the lowest level asked for, the most severe first."""
    unknown: tuple[SetView, ...]
    """Sets that cannot be read well enough to call them healthy."""


def fails(finding: Finding, fail_on: Level) -> bool:
    """Whether the finding fails the check; an acknowledged one never does."""
    return finding.level >= fail_on and not finding.acknowledged


def as_text(report: CheckReport, fail_on: Level) -> None:
    """A paragraph for each finding, and a summary."""
    console = Console()
    print_origin(report.snapshot, console)
    for view, finding in report.findings:
        _paragraph(view, finding, report.snapshot.now, console)
    for sentence in report.snapshot.health.degraded:
        console.line(("? ", "bold"), sentence)
    console.line(_summary(report))


def _summary(report: CheckReport) -> str:
    checked = f"{count(len(report.sets), 'StatefulSet')} checked"
    levels = [finding.level for _, finding in report.findings]
    counts = [count(levels.count(level), level.name.lower()) for level in reversed(Level) if level in levels]
    if counts:
        return f"{', '.join(counts)}: {checked}"
    # Sets that cannot be judged are not OK; standard error says so.
    return f"{checked}, no findings" if report.unknown or not report.sets else f"OK: {checked}, no findings"


def _paragraph(view: SetView, finding: Finding, now: datetime, console: Console) -> None:
    style = LEVEL_STYLES[finding.level]
    facts = [age(finding.since, now), "" if finding.certainty is Certainty.CERTAIN else "likely", finding.rule]
    console.line(
        (f"{glyph(_LEVEL_HEALTH[finding.level])} ", style),
        f"{view.key}  ",
        (finding.headline, style),
        (f"  {'  '.join(fact for fact in facts if fact)}", "dim"),
    )
    if finding.so:
        left = f", in {short((finding.until - now).total_seconds())}" if finding.until is not None else ""
        console.line(("    effect    ", "dim"), f"{finding.so}{left}")
    for number, remedy in enumerate(finding.remedies, 1):
        console.line((f"    step {number}".ljust(14), "dim"), remedy.text, (f"  {remedy.danger.label}", "dim"))
        if remedy.command:
            console.line(f"              {remedy.command}")
    for below in finding.below:
        console.line(("    also      ", "dim"), below.headline)
    for one in finding.evidence:
        console.line(("    evidence  ", "dim"), f"{one.object} ", (f"{one.field} ", "dim"), one.value)


def as_json(report: CheckReport, fail_on: Level) -> None:
    """One document. The documentation of JSON output lists its fields."""
    findings = [{"set": plain_value(view.key), **plain_value(finding)} for view, finding in report.findings]
    content = document(
        "CheckReport",
        report.snapshot,
        sets=[{**plain_value(view.key), "severity": plain_value(view.severity)} for view in report.sets],
        findings=findings,
        failed=any(fails(finding, fail_on) for _, finding in report.findings),
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
        if failing:
            failures += 1
            failure = ET.SubElement(case, "failure", type=failing[0].rule, message=safe(failing[0].headline))
            failure.text = "\n".join(_sentence(finding) for finding in failing)
        others = [finding for finding in findings if not fails(finding, fail_on)]
        if others:
            ET.SubElement(case, "system-out").text = "\n".join(_sentence(finding) for finding in others)
    ET.indent(suite)
    suite.attrib.update(tests=str(len(report.sets)), failures=str(failures), errors=str(errors))
    sys.stdout.write('<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(suite, encoding="unicode") + "\n")


def _sentence(finding: Finding) -> str:
    parts = (finding.level.name.lower(), finding.rule, finding.headline, finding.so, finding.next)
    return safe(": ".join(part for part in parts if part))


FORMATS: dict[str, Callable[[CheckReport, Level], None]] = {"text": as_text, "json": as_json, "junit": as_junit}
