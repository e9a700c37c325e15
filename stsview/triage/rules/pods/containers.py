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
    DownPod,
    container_label,
    container_status,
    describe_command,
    down_pods,
    earliest_since,
    group_by,
    pod_names,
    quoted,
    sample,
    subject,
    wait_consequence,
)
from stsview.triage.support.template_remedies import safest_first, template_fixes

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
    for group in group_by(down_pods(case, Cause.IMAGE), lambda one: one.container.image):
        rows, first = [one.row for one in group], group[0]
        word = first.container.reason
        why = {
            "InvalidImageName": ": that is no valid name",
            "ErrImageNeverPull": ": imagePullPolicy is Never, and the node does not have it",
        }.get(word, "")
        image = one_line(first.container.image)
        yield image_not_pulled.finding(
            subject(case, rows),
            f"{pod_names(rows)}: image {image} cannot be pulled{why}",
            earliest_since(rows),
            [one for each in sample(group) for one in _told(each, "image")],
            safest_first(
                (
                    Remedy(
                        "check the name of the image, and what the registry says of it",
                        Danger.READ_ONLY,
                        command=describe_command(case, first.row),
                    ),
                    *_for_registry(word, first.container.message),
                    *template_fixes(case, first.row, f"correct the image of {first.container.name}"),
                )
            ),
            ordinals=[row.ordinal for row in rows],
            so=wait_consequence(case, rows),
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
    for group in group_by(
        down_pods(case, Cause.CONFIG), lambda one: _lack(one) or (one.container.reason, one.container.message)
    ):
        rows, first = [one.row for one in group], group[0]
        lack = _lack(first)
        container = container_label(first.pod, first.container.name)
        change = f"correct {container} in the template"
        if lack is None:
            done = "started" if first.container.reason in _STARTING else "made"
            what = f"{container} cannot be {done}: {first.container.message or first.container.reason}"
            steps = [Remedy("read its events", Danger.READ_ONLY, command=describe_command(case, first.row))]
        else:
            what = f"{lack.words} is missing"
            steps = lack.steps(case)
        yield config_error.finding(
            subject(case, rows),
            f"{pod_names(rows)}: {what}",
            earliest_since(rows),
            [one for each in sample(group) for one in _told(each)],
            safest_first((*steps, *template_fixes(case, first.row, change))),
            ordinals=[row.ordinal for row in rows],
            so=wait_consequence(case, rows),
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


def _lack(one: DownPod) -> _Lack | None:
    message = one.container.message
    if (found := _NO_KEY.search(message)) is not None:
        return _Lack(found[2], found[3], found[1])
    if (found := _NO_OBJECT.search(message)) is not None:
        return _Lack({"configmap": "ConfigMap", "secret": "Secret"}[found[1].lower()], found[2])
    return None


def _told(one: DownPod, *fields: str) -> Iterator[Evidence]:
    path, status = container_status(one.pod, one.container.name)
    pod = f"Pod {one.row.name}"
    waiting = status.state.waiting
    if "image" in fields:
        spec = path.replace("status.", "spec.").replace("Statuses[", "s[")
        yield Evidence(pod, f"{spec}.image", quoted(one.container.image))
    yield Evidence(pod, f"{path}.state.waiting.reason", quoted(waiting.reason if waiting else None))
    if waiting is not None and waiting.message:
        yield Evidence(pod, f"{path}.state.waiting.message", quoted(waiting.message))


RULES: tuple[Rule, ...] = (image_not_pulled, config_error)
