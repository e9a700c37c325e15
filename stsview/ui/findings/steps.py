"""The steps of findings, numbered, and what each does."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from functools import lru_cache

import msgspec

from stsview.actions.intents import Intent
from stsview.model.finding import Finding, Remedy
from stsview.model.views import SetView
from stsview.objects.kinds import CLAIMS, NODES, PODS, SERVICES, STATEFULSETS, VOLUMES, Kind
from stsview.objects.meta import Key, cluster_of
from stsview.ui.changes.remedy_intents import intent_for
from stsview.ui.inspect.inspect_target import InspectTarget, InspectView, ObjectRef

_KINDS: dict[str, tuple[Kind, str]] = {
    "pod": (PODS, "pod"),
    "statefulset": (STATEFULSETS, "set"),
    "pvc": (CLAIMS, "PVC"),
    "persistentvolumeclaim": (CLAIMS, "PVC"),
    "persistentvolume": (VOLUMES, "volume"),
    "service": (SERVICES, "Service"),
    "node": (NODES, "node"),
}
"""By the word for kubectl, and the word on the screen."""

_LONGEST_COMMAND = 2000

_PREVIOUS = "--previous"

_SHELL = frozenset({"|", "&&", "||", ";", ">", "<"})


class Step(msgspec.Struct, frozen=True):
    """One remedy of a finding, with the number that takes it."""

    number: int
    finding: Finding
    remedy: Remedy
    intent: Intent | None = None
    """What opens its plan; None if stsview cannot take the step."""
    view: tuple[InspectView, InspectTarget] | None = None
    """The view that shows what its command would print; None if there is none."""

    @property
    def does(self) -> str:
        """What selecting it does, in a word."""
        if self.intent is not None:
            return "plan"
        if self.view is not None:
            return _VIEWS[self.view[0]]
        return "copy" if self.remedy.command else "explain"


_VIEWS = {
    InspectView.LOGS: "logs",
    InspectView.PREVIOUS: "logs",
    InspectView.DESCRIBE: "describe",
    InspectView.YAML: "YAML",
    InspectView.EVENTS: "events",
    InspectView.REVISIONS: "revisions",
}


def steps_of(view: SetView, findings: Iterable[Finding]) -> tuple[Step, ...]:
    """All steps of these findings of one set, numbered from 1 on."""
    pairs = ((finding, remedy) for finding in findings for remedy in finding.remedies)
    return tuple(
        Step(number, finding, remedy, intent_for(view, remedy), view_of(view, remedy.command))
        for number, (finding, remedy) in enumerate(pairs, 1)
    )


def view_of(view: SetView, command: str) -> tuple[InspectView, InspectTarget] | None:
    """The view that shows what a kubectl command of a remedy prints."""
    words = list(_words(command))
    if not words or words[0] != "kubectl" or _SHELL.intersection(words):
        return None
    if words[1:3] == ["--context", cluster_of(view.key)]:
        del words[1:3]
    namespace, rest = (words[2], words[3:]) if words[1:2] == ["-n"] else ("", words[1:])
    if namespace not in ("", view.namespace):
        return None
    match rest:
        case ["logs", pod, *options]:
            return _logs(view, pod, options)
        case ["describe", kind, name]:
            return _object(view, InspectView.DESCRIBE, kind, name)
        case ["get", kind, name]:
            return _object(view, InspectView.DESCRIBE, kind, name)
        case ["get", kind, name, "-o", _] | ["get", kind, name, "-o", _, "--show-managed-fields"]:
            return _object(view, InspectView.YAML, kind, name)
    return None


@lru_cache(maxsize=1024)
def _words(command: str) -> tuple[str, ...]:
    """The words of a command; none if it is not quoted properly.

    Panels ask again with each snapshot, and shlex reads character by character.
    """
    if len(command) > _LONGEST_COMMAND:
        return ()
    try:
        return tuple(shlex.split(command))
    except ValueError:
        return ()


def _logs(view: SetView, pod: str, options: list[str]) -> tuple[InspectView, InspectTarget]:
    container = options[options.index("-c") + 1] if "-c" in options[:-1] else ""
    shown = InspectView.PREVIOUS if _PREVIOUS in options else InspectView.LOGS
    return shown, InspectTarget(view.key, pod, container=container)


def _object(view: SetView, inspect_view: InspectView, kind: str, name: str) -> tuple[InspectView, InspectTarget] | None:
    if kind not in _KINDS or name.startswith("-"):
        return None
    found, word = _KINDS[kind]
    namespace = view.namespace if found.namespaced else ""
    ref = ObjectRef(found, Key(namespace, name), word)
    pod = next((row.name for row in view.ordinals if found is PODS and row.name == name), "")
    return inspect_view, InspectTarget(view.key, pod, ref)
