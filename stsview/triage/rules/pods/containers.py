"""Containers that cannot be made: no image, or something that they are to be given is not there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Certainty, Danger, Evidence, Finding, Level, Reaches, Remedy
from stsview.model.names import one_line
from stsview.model.pods.diagnosis import Cause
from stsview.triage.rule import Rule, kubectl, rule
from stsview.triage.support.pod_groups import (
    Down,
    about,
    called,
    describe,
    down,
    few,
    field,
    names,
    shared,
    shown,
    since,
    so,
)
from stsview.triage.support.template_remedies import by_danger, with_another_template

_NO_RIGHT = re.compile(r"unauthorized|denied|forbidden|authenticat|authoriz|no basic auth", re.IGNORECASE)

_NO_OBJECT = re.compile(r"\b(configmap|secret) \"([^\"]+)\" not found", re.IGNORECASE)
_NO_KEY = re.compile(r"couldn't find key (\S+) in (ConfigMap|Secret) (?:[^/\s]+/)?(\S+)")
"""pkg/kubelet/kubelet_pods.go, makeEnvironmentVariables."""


@rule(
    level=Level.ERROR,
    title="An image cannot be pulled",
    meaning="The kubelet does not get the image of a container. It tries again by itself, at ever longer intervals, "
    "for as long as the pod is there.",
    remedy="See whether the name is right, whether the registry has the image, and whether it may be pulled. If the "
    "template names the wrong image, put that right; in an ordered set the broken pod has to be deleted as well.",
    danger=Danger.DISRUPTIVE,
    source="https://kubernetes.io/docs/concepts/containers/images/#imagepullbackoff; pkg/kubelet/images/types.go",
    reaches=Reaches.ORDINALS,
)
def image_not_pulled(case: RuleInput) -> Iterator[Finding]:
    for group in shared(down(case, Cause.IMAGE), lambda one: one.container.image):
        rows, first = [one.row for one in group], group[0]
        word = _reason(first)
        why = {
            "InvalidImageName": ": that is no valid name",
            "ErrImageNeverPull": ": imagePullPolicy is Never, and the node does not have it",
        }.get(word, "")
        image = one_line(first.container.image)
        yield image_not_pulled.finding(
            about(case, rows),
            f"{names(rows)}: image {image} cannot be pulled{why}",
            since(rows),
            [one for each in few(group) for one in _told(each, "image")],
            by_danger(
                (
                    Remedy(
                        "check the name of the image, and what the registry says of it",
                        Danger.READ_ONLY,
                        command=describe(case, first.row),
                    ),
                    *_for_registry(word, first.container.message),
                    *with_another_template(case, first.row, f"correct the image of {first.container.name}"),
                )
            ),
            ordinals=[row.ordinal for row in rows],
            so=so(case, rows),
        )


def _for_registry(word: str, message: str) -> Iterator[Remedy]:
    if word == "InvalidImageName":
        return
    if word == "ErrImageNeverPull":
        yield Remedy("load the image on the node", Danger.REVERSIBLE)
    elif _NO_RIGHT.search(message):
        text = "give the pods the right to pull it (imagePullSecrets): the kubelet tries again by itself"
        yield Remedy(text, Danger.REVERSIBLE)
    else:
        yield Remedy("or put the image into the registry: the kubelet tries again by itself", Danger.REVERSIBLE)


@rule(
    level=Level.ERROR,
    title="A container cannot be made as it is configured",
    meaning="The kubelet cannot make or start a container: a ConfigMap, a Secret or one of their keys is missing, or "
    "the runtime refuses what the template asks for. It tries again by itself.",
    remedy="Make what is missing: the pod then starts by itself, and need not be deleted. Only where the template is "
    "at fault it has to be changed.",
    danger=Danger.DISRUPTIVE,
    source="pkg/kubelet/kuberuntime/kuberuntime_container.go, startContainer; pkg/kubelet/kubelet_pods.go",
    reaches=Reaches.ORDINALS,
)
def config_error(case: RuleInput) -> Iterator[Finding]:
    for group in shared(down(case, Cause.CONFIG), lambda one: _lack(one) or (_reason(one), one.container.message)):
        rows, first = [one.row for one in group], group[0]
        lack = _lack(first)
        container = called(first.pod, first.container.name)
        change = f"correct {container} in the template"
        if lack is None:
            done = "started" if _reason(first) in _STARTING else "made"
            what = f"{container} cannot be {done}: {first.container.message or _reason(first)}"
            steps = [Remedy("read its events", Danger.READ_ONLY, command=describe(case, first.row))]
        else:
            what = f"{lack.words} is missing"
            steps = lack.steps(case)
        yield config_error.finding(
            about(case, rows),
            f"{names(rows)}: {what}",
            since(rows),
            [one for each in few(group) for one in _told(each)],
            by_danger((*steps, *with_another_template(case, first.row, change))),
            ordinals=[row.ordinal for row in rows],
            so=so(case, rows),
            certainty=Certainty.CERTAIN if lack is None else Certainty.LIKELY,
        )


_STARTING = frozenset({"RunContainerError", "PreStartHookError", "PostStartHookError", "StartError"})


@dataclass(frozen=True, slots=True)
class _Lack:
    """What a message of the kubelet says is not there."""

    kind: str
    name: str
    key: str = ""

    @property
    def words(self) -> str:
        return f"key {self.key} of {self.kind} {self.name}" if self.key else f"{self.kind} {self.name}"

    def steps(self, case: RuleInput) -> list[Remedy]:
        made = f"add {self.words}" if self.key else f"make {self.words}"
        return [
            Remedy(
                f"see whether {self.kind} {self.name} is there",
                Danger.READ_ONLY,
                command=kubectl(case, "describe", self.kind.lower(), self.name),
            ),
            Remedy(f"{made}: the pods then start by themselves, and need not be deleted", Danger.REVERSIBLE),
        ]


def _lack(one: Down) -> _Lack | None:
    message = one.container.message
    if (found := _NO_KEY.search(message)) is not None:
        return _Lack(found[2], found[3], found[1])
    if (found := _NO_OBJECT.search(message)) is not None:
        return _Lack({"configmap": "ConfigMap", "secret": "Secret"}[found[1].lower()], found[2])
    return None


def _reason(one: Down) -> str:
    """The kubelet's word, without what kubectl puts before that of an init container."""
    return one.container.word.removeprefix("Init:")


def _told(one: Down, *fields: str) -> Iterator[Evidence]:
    path, status = field(one.pod, one.container.name)
    pod = f"Pod {one.row.name}"
    waiting = status.state.waiting
    if "image" in fields:
        spec = path.replace("status.", "spec.").replace("Statuses[", "s[")
        yield Evidence(pod, f"{spec}.image", shown(one.container.image))
    yield Evidence(pod, f"{path}.state.waiting.reason", shown(waiting.reason if waiting else None))
    if waiting is not None and waiting.message:
        yield Evidence(pod, f"{path}.state.waiting.message", shown(waiting.message))


RULES: tuple[Rule, ...] = (image_not_pulled, config_error)
