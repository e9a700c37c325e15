"""Kubernetes roles that grant exactly what tasks of stsview need, as YAML for `kubectl apply`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from stsview.model.rights import READING, Right, Scope, Task
from stsview.objects.kinds import LEASES
from stsview.objects.lease import LEASE_NAMESPACE

_API = "rbac.authorization.k8s.io"
_VERBS = ("get", "list", "watch", "create", "patch", "delete")
_WIDTH = 120


class Subject(msgspec.Struct, frozen=True):
    """Who gets a role."""

    kind: str
    """User, Group or ServiceAccount."""
    name: str
    namespace: str = ""
    """Of a ServiceAccount."""


class Rule(msgspec.Struct, frozen=True):
    """A rule of a role."""

    group: str
    resources: tuple[str, ...]
    verbs: tuple[str, ...]
    why: str
    """What needs it; empty for what all of stsview rests on."""

    def lines(self) -> Iterator[str]:
        """In YAML, as an entry of `rules`."""
        yield from _comment(self.why)
        yield f"- apiGroups: [{self.group or _EMPTY}]"
        yield f"  resources: [{', '.join(self.resources)}]"
        yield f"  verbs: [{', '.join(self.verbs)}]"


_EMPTY = '""'


def rules_of(tasks: Iterable[Task]) -> list[Rule]:
    """The rules that grant the rights of these tasks and nothing else."""
    return _rules((need.right, task) for task in tasks for need in task.needs)


def rights_in_words(task: Task) -> str:
    """`create, delete statefulsets; patch nodes`."""
    verbs: dict[str, list[str]] = {}
    for need in task.needs:
        verbs.setdefault(need.right.resource, []).append(need.right.verb)
    return "; ".join(f"{', '.join(found)} {resource}" for resource, found in verbs.items())


def documents(
    name: str, tasks: Sequence[Task], namespaces: Sequence[str] = (), subjects: Sequence[Subject] = ()
) -> list[str]:
    """The roles for these tasks, and their bindings where there are subjects: one YAML document each.

    With namespaces, what is in a namespace is granted in these only; nodes, volumes and the like are in no namespace,
    and the leases of nodes in one of their own.
    """
    granted = [(need.right, task) for task in tasks for need in task.needs]
    if not namespaces:
        return [*_granting(name, "", _rules(granted), subjects)]
    in_namespace = [one for one in granted if one[0].kind.namespaced and one[0].kind is not LEASES]
    parts = [
        ("", _rules(one for one in granted if not one[0].kind.namespaced)),
        (LEASE_NAMESPACE, _rules(one for one in granted if one[0].kind is LEASES)),
        *((namespace, _rules(in_namespace)) for namespace in namespaces),
    ]
    return [document for namespace, rules in parts if rules for document in _granting(name, namespace, rules, subjects)]


def _rules(granted: Iterable[tuple[Right, Task]]) -> list[Rule]:
    """Resources with the same verbs, for the same tasks, in one rule."""
    reasons: dict[tuple[str, str, str], list[str]] = {}
    for right, task in granted:
        found = reasons.setdefault((right.kind.group, right.resource, right.verb), [])
        found.append(_reason(task))
    verbs: dict[tuple[str, str, str], list[str]] = {}
    for (group, resource, verb), found in reasons.items():
        why = "" if "" in found else ", ".join(dict.fromkeys(found))
        verbs.setdefault((group, resource, why), []).append(verb)
    resources: dict[tuple[str, tuple[str, ...], str], list[str]] = {}
    for (group, resource, why), some in verbs.items():
        resources.setdefault((group, tuple(sorted(some, key=_VERBS.index)), why), []).append(resource)
    return [Rule(group, tuple(found), some, why) for (group, some, why), found in resources.items()]


def _reason(task: Task) -> str:
    """Empty for what all of stsview rests on."""
    if task is READING[0]:
        return ""
    return task.words if task.scope is Scope.READ else task.name


def _granting(name: str, namespace: str, rules: Sequence[Rule], subjects: Sequence[Subject]) -> Iterator[str]:
    kind = "Role" if namespace else "ClusterRole"
    lines = [line for rule in rules for line in rule.lines()]
    yield "\n".join((*_head(kind, name, namespace), "rules:", *lines))
    if subjects:
        entries = [line for subject in subjects for line in _subject_lines(subject)]
        role = f"roleRef: {{apiGroup: {_API}, kind: {kind}, name: {name}}}"
        yield "\n".join((*_head(f"{kind}Binding", name, namespace), role, "subjects:", *entries))


def _head(kind: str, name: str, namespace: str) -> Iterator[str]:
    yield f"apiVersion: {_API}/v1"
    yield f"kind: {kind}"
    yield "metadata:"
    yield f"  name: {name}"
    if namespace:
        yield f"  namespace: {namespace}"


def _subject_lines(subject: Subject) -> Iterator[str]:
    yield f"- kind: {subject.kind}"
    # Names of users may hold whatever their issuer writes.
    yield f"  name: {json.dumps(subject.name)}"
    if subject.kind == "ServiceAccount":
        yield f"  namespace: {subject.namespace}"
    else:
        yield f"  apiGroup: {_API}"


def _comment(text: str) -> Iterator[str]:
    line = "#"
    for word in text.split():
        if len(line) + len(word) >= _WIDTH:
            yield line
            line = "# "
        line = f"{line} {word}"
    if text:
        yield line
