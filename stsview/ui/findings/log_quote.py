"""The last lines of what crashed, quoted below a finding."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from stsview.model.finding import Finding
from stsview.model.views import SetView
from stsview.objects.log_messages import ContainerRun, LogRequest, LogTail
from stsview.text.glyphs import active
from stsview.ui.findings.steps import view_of
from stsview.ui.inspect.inspect_target import InspectView
from stsview.ui.kit.look.labelled_lines import ADDITION, Line
from stsview.ui.kit.look.roles import Role

LOG = "last log"

_WORDS_RANK = 10
"""The line that tells most is worth more than the effect."""

_MORE_RANK = ADDITION + 30
_FURTHER_RANK = ADDITION + 100
"""The lines next to it, and those around them, need room that nothing else needs."""

_NEXT = 2
_FURTHER = 4

_TIME = re.compile(r"^[\[(]?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.,\d]*(?:Z|[+-]\d\d:?\d\d)?[\])]?[\s:]*")

_PACKAGE = re.compile(r"\b(?:[a-z][a-z0-9_]*\.){2,}(?=[A-Z]\w*(?:Exception|Error)\b)")

_TELLING = re.compile(
    r"error|exception|fatal|panic|fail|cannot|can't|could not|unable|invalid|unknown|denied|refused|no such|not found",
    re.IGNORECASE,
)


def run_of(view: SetView, findings: Sequence[Finding]) -> ContainerRun | None:
    """The run that ended, of the first of these findings that proposes to read the log of a previous run."""
    for finding in (one for head in findings for one in (head, *head.below)):
        for remedy in finding.remedies:
            shown = view_of(view, remedy.command)
            if shown is None or shown[0] is not InspectView.PREVIOUS:
                continue
            target = shown[1]
            row = next((row for row in view.ordinals if row.name == target.pod and row.uid), None)
            if row is not None and row.uid is not None:
                request = LogRequest(view.namespace, target.pod, target.container, previous=True)
                return ContainerRun(request, row.uid, row.restarts)
    return None


def quote(tail: LogTail | None, *, short: bool = False) -> Iterator[Line]:
    """The lines of the log, or why there are none; `short`: only the one that tells most."""
    if tail is None:
        return
    if not tail.lines:
        words = tail.problem or ("the previous run wrote nothing" if tail.read else f"reading{active().ellipsis}")
        yield Line(LOG, ((words, Role.DIM),), _WORDS_RANK, most=2)
        return
    telling = telling_line(tail.lines)
    for place, text in enumerate(tail.lines):
        if place == telling:
            yield Line(LOG, ((shortened(text), Role.WARNING),), _WORDS_RANK, most=3)
            continue
        distance = abs(place - telling)
        if not short and distance <= _FURTHER:
            rank = (_MORE_RANK if distance <= _NEXT else _FURTHER_RANK) + distance
            yield Line(LOG, ((text, Role.DIM),), rank, most=1)


def shortened(line: str) -> str:
    """The line without the time at its beginning and without Java's names of packages, to show what it says."""
    return _PACKAGE.sub("", _TIME.sub("", line.strip())) or line.strip()


def telling_line(lines: Sequence[str]) -> int:
    """The line that probably says why the container ended: the last message of an error, else the last message.

    The frames of a stack trace are indented.
    """
    messages = [place for place, line in enumerate(lines) if not line[:1].isspace()] or list(range(len(lines)))
    return next((place for place in reversed(messages) if _TELLING.search(lines[place])), messages[-1])
