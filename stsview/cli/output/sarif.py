"""The result of a check as SARIF 2.1.0, for tools that collect the results of analyses.

The format: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html (the paragraphs named below are of it).
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from datetime import UTC
from typing import Any

from stsview import __version__
from stsview.cli.output.check_formats import CheckReport, fails, unknown_reason
from stsview.model.finding import Finding, Level
from stsview.model.views import SetView
from stsview.text.terminal_text import safe
from stsview.triage.catalogue import BY_ID

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

_PAGE = re.compile(r"https://[^\s;,]+")

_LEVELS = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTICE: "note"}


def as_sarif(report: CheckReport, fail_on: Level) -> None:
    """One log with one run: a result for each finding.

    Objects of a cluster are in no file: the location of a result is a logical one, `namespace/set` or
    `namespace/set/pod`. What could not be judged is a notification of the run, which then did not succeed.
    """
    rules = list(dict.fromkeys(finding.rule for _, finding in report.findings))
    notifications = [*_unknown(report), *_limits(report)]
    run = {
        "tool": {
            "driver": {
                "name": "stsview",
                "version": __version__,
                "rules": [_rule(id_) for id_ in rules],
            }
        },
        "automationDetails": {"id": f"check/{safe(report.snapshot.scope.context)}/"},
        "invocations": [
            {
                "executionSuccessful": not (report.unknown or report.unmeasured),
                "endTimeUtc": report.snapshot.now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
                "toolExecutionNotifications": notifications,
            }
        ],
        "results": [_result(view, finding, rules.index(finding.rule), fail_on) for view, finding in report.findings],
    }
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    sys.stdout.write(json.dumps(log, indent=2, ensure_ascii=True) + "\n")


def _rule(id_: str) -> dict[str, Any]:
    rule = BY_ID[id_]
    page = _PAGE.search(rule.source)
    return {
        "id": id_,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.meaning},
        "help": {"text": f"{rule.remedy}\nSource: {rule.source}"},
        **({"helpUri": page[0]} if page else {}),
        "defaultConfiguration": {"level": _LEVELS[rule.level]},
    }


def _result(view: SetView, finding: Finding, rule: int, fail_on: Level) -> dict[str, Any]:
    sentences = (finding.headline, finding.so, f"next step: {finding.next}" if finding.next else "")
    result = {
        "ruleId": finding.rule,
        "ruleIndex": rule,
        "level": _LEVELS[finding.level],
        "message": {"text": _message("; ".join(filter(None, sentences)))},
        "locations": [_location(view, name) for name in _names(view, finding)],
        # What makes a finding the same one in the next run (3.27.17): its headline may count.
        "partialFingerprints": {
            "finding/v1": safe(f"{view.key} {finding.rule} {finding.object.kind} {finding.object.name}")
        },
        "properties": {
            "namespace": view.namespace,
            "statefulset": view.name,
            "ordinals": list(finding.ordinals),
            "certainty": finding.certainty.value,
            "fails": fails(finding, fail_on),
        },
    }
    if finding.acknowledged:
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": "acknowledged"}]
    return result


def _names(view: SetView, finding: Finding) -> Iterator[str]:
    """The pods that a finding is about; an empty string where it is about the whole set."""
    names = {row.ordinal: row.name for row in view.ordinals if row.owned}
    yield from [names.get(ordinal, f"{view.name}-{ordinal}") for ordinal in finding.ordinals] or [""]


def _location(view: SetView, pod: str) -> dict[str, Any]:
    name = pod or view.name
    path = f"{view.key}/{pod}" if pod else str(view.key)
    return {"logicalLocations": [{"name": name, "fullyQualifiedName": path, "kind": "resource"}]}


def _unknown(report: CheckReport) -> Iterator[dict[str, Any]]:
    for view in report.unknown:
        yield _notification("error", f"status of {view.key} unknown: {unknown_reason(view)}", view)
    for view, why in report.unmeasured:
        yield _notification("error", f"usage of {view.key} unknown: {why}", view)


def _limits(report: CheckReport) -> Iterator[dict[str, Any]]:
    for sentence in report.snapshot.health.degraded:
        yield _notification("warning", sentence)
    if disabled := report.snapshot.disabled_rules:
        yield _notification("note", f"rules disabled by the configuration: {', '.join(disabled)}")


def _notification(level: str, text: str, view: SetView | None = None) -> dict[str, Any]:
    where = {} if view is None else {"locations": [_location(view, "")]}
    return {"level": level, "message": {"text": _message(text)}, **where}


def _message(text: str) -> str:
    """Text in which nothing is a placeholder (3.11.5) or a link (3.11.6)."""
    for sign in "\\[]":
        text = text.replace(sign, f"\\{sign}")
    return safe(text.replace("{", "{{").replace("}", "}}"))
