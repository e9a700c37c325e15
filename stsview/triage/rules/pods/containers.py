"""Containers that cannot be created: image not pulled, object missing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stsview.model.base import Record
from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Certainty, Danger, Evidence, Finding, Level, Reaches, Remedy
from stsview.model.names import one_line
from stsview.model.pods.diagnosis import Cause
from stsview.objects.event import Event
from stsview.triage.rule import Rule, kubectl, rule
from stsview.triage.support.events import event_evidence, last_warning
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

_NOT_ALLOWED = re.compile(r"unauthorized|denied|forbidden|authenticat|authoriz|no basic auth", re.IGNORECASE)

_NO_OBJECT = re.compile(r"\b(configmap|secret) \"([^\"]+)\" not found", re.IGNORECASE)
_NO_KEY = re.compile(r"couldn't find key (\S+) in (ConfigMap|Secret) (?:[^/\s]+/)?(\S+)")
"""pkg/kubelet/kubelet_pods.go, makeEnvironmentVariables."""


@rule(
    level=Level.ERROR,
    title="Image cannot be pulled",
    meaning="The kubelet cannot pull the image of a container. It retries with increasing back-off for as long as the "
    "pod exists.",
    remedy="Check that the image name is right, that the registry has the image, and that the pods may pull it. If the "
    "template names the wrong image, correct it; with OrderedReady also delete the broken pod.",
    danger=Danger.DISRUPTIVE,
    source="https://kubernetes.io/docs/concepts/containers/images/#imagepullbackoff; pkg/kubelet/images/types.go",
    reaches=Reaches.ORDINALS,
    needs=Cause.IMAGE,
)
def image_not_pulled(case: RuleInput) -> Iterator[Finding]:
    for group in group_by(down_pods(case, Cause.IMAGE), lambda one: one.container.image):
        rows, first = [one.row for one in group], group[0]
        reason = first.container.reason
        why = {
            "InvalidImageName": ": the name is invalid",
            "ErrImageNeverPull": ": imagePullPolicy is Never, and the image is not on the node",
        }.get(reason, "")
        image = one_line(first.container.image)
        yield image_not_pulled.finding(
            subject(case, rows),
            f"{pod_names(rows)}: image {image} cannot be pulled{why}",
            earliest_since(rows),
            [
                *(one for each in sample(group) for one in _evidence(each, "image")),
                *([event_evidence(secrets)] if (secrets := _no_pull_secret(case, first)) is not None else []),
            ],
            safest_first(
                (
                    Remedy(
                        "check the image name and the registry's error message",
                        Danger.READ_ONLY,
                        command=describe_command(case, first.row),
                    ),
                    *([_create_pull_secret(secrets)] if secrets is not None else []),
                    *_registry_steps(reason, first.container.message),
                    *template_fixes(case, first.row, f"correct the image of {container_label(first)}"),
                )
            ),
            ordinals=[row.ordinal for row in rows],
            so=wait_consequence(case, rows),
        )


_PULL_SECRETS = re.compile(r"image pull secrets \((?P<names>[^)]+)\)")
"""pkg/kubelet/kubelet_pods.go, getPullSecretsForPod."""


def _no_pull_secret(case: RuleInput, one: DownPod) -> Event | None:
    """The event about imagePullSecrets that do not exist."""
    return last_warning(case, "Pod", one.row.name, "FailedToRetrieveImagePullSecret")


def _create_pull_secret(event: Event) -> Remedy:
    match = _PULL_SECRETS.search(event.message)
    name = f"Secret {one_line(match['names'])}" if match is not None else "the Secret that imagePullSecrets names"
    return Remedy(f"create {name}, which does not exist: the kubelet then retries on its own", Danger.REVERSIBLE)


def _registry_steps(reason: str, message: str) -> Iterator[Remedy]:
    if reason == "InvalidImageName":
        return
    if reason == "ErrImageNeverPull":
        yield Remedy("load the image on the node", Danger.REVERSIBLE)
    elif _NOT_ALLOWED.search(message):
        text = "allow the pods to pull the image (imagePullSecrets): the kubelet then retries on its own"
        yield Remedy(text, Danger.REVERSIBLE)
    else:
        yield Remedy("or push the image to the registry: the kubelet then retries on its own", Danger.REVERSIBLE)


@rule(
    level=Level.ERROR,
    title="CreateContainerConfigError",
    meaning="The kubelet cannot create or start a container: a ConfigMap, a Secret or one of their keys is missing, or "
    "the container runtime rejects the configuration. The kubelet retries on its own.",
    remedy="Create the missing object: the pod then starts without being deleted. Change the template only if the "
    "template is wrong.",
    danger=Danger.DISRUPTIVE,
    source="pkg/kubelet/kuberuntime/kuberuntime_container.go, startContainer; pkg/kubelet/kubelet_pods.go",
    reaches=Reaches.ORDINALS,
    needs=Cause.CONFIG,
)
def config_error(case: RuleInput) -> Iterator[Finding]:
    for group in group_by(
        down_pods(case, Cause.CONFIG), lambda one: _missing(one) or (one.container.reason, one.container.message)
    ):
        rows, first = [one.row for one in group], group[0]
        missing = _missing(first)
        container = container_label(first)
        change = f"correct {container} in the template"
        if missing is None:
            done = "started" if first.container.reason in _STARTING else "created"
            what = f"{container} cannot be {done}: {first.container.message or first.container.reason}"
            read = f"read the events of {first.row.name}"
            steps = [Remedy(read, Danger.READ_ONLY, command=describe_command(case, first.row))]
        else:
            what = f"{missing} is missing"
            steps = missing.steps(case)
        yield config_error.finding(
            subject(case, rows),
            f"{pod_names(rows)}: {what}",
            earliest_since(rows),
            [one for each in sample(group) for one in _evidence(each)],
            safest_first((*steps, *template_fixes(case, first.row, change))),
            ordinals=[row.ordinal for row in rows],
            so=wait_consequence(case, rows),
            certainty=Certainty.CERTAIN if missing is None else Certainty.LIKELY,
        )


_STARTING = frozenset({"RunContainerError", "PreStartHookError", "PostStartHookError", "StartError"})


class _Missing(Record, frozen=True):
    """An object, or a key of one, that a message of the kubelet reports as not found."""

    kind: str
    name: str
    key: str = ""

    def __str__(self) -> str:
        return f"key {self.key} of {self.kind} {self.name}" if self.key else f"{self.kind} {self.name}"

    def steps(self, case: RuleInput) -> list[Remedy]:
        add = f"add {self}" if self.key else f"create {self}"
        return [
            Remedy(
                f"check whether {self.kind} {self.name} exists",
                Danger.READ_ONLY,
                command=kubectl(case, "describe", self.kind.lower(), self.name),
            ),
            Remedy(f"{add}: the pods then start without being deleted", Danger.REVERSIBLE),
        ]


def _missing(one: DownPod) -> _Missing | None:
    message = one.container.message
    if (match := _NO_KEY.search(message)) is not None:
        return _Missing(match[2], match[3], match[1])
    if (match := _NO_OBJECT.search(message)) is not None:
        return _Missing({"configmap": "ConfigMap", "secret": "Secret"}[match[1].lower()], match[2])
    return None


def _evidence(one: DownPod, *fields: str) -> Iterator[Evidence]:
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
