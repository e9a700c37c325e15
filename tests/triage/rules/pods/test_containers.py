"""Rules about images that cannot be pulled and containers that cannot be created."""

from __future__ import annotations

from typing import Any

import pytest

from stsview.model.finding import Certainty, Danger, Finding, Level
from stsview.model.views import Severity
from stsview.objects.pod import Container, Pod
from stsview.objects.statefulset import StatefulSet, UpdateStrategy
from stsview.triage.rules.pods.containers import config_error, image_not_pulled
from tests.support.model.build import NEW, OLD, around, at, pod, rolling, stateful_set, waiting
from tests.support.triage.judge import found, judged
from tests.support.triage.pods import pulling, with_condition

UPDATING: dict[str, Any] = {"current": OLD, "update": NEW}


def misconfigured(ordinal: int, message: str, reason: str = "CreateContainerConfigError", **more: Any) -> Pod:
    return pulling(ordinal, reason, message, **more)


def steps(finding: Finding) -> list[tuple[Danger, str | None]]:
    return [(remedy.danger, remedy.action) for remedy in finding.remedies]


def test_an_image_that_cannot_be_pulled_is_reported_with_its_consequence() -> None:
    objects = around(
        stateful_set(3, **UPDATING), [pod(0, revision=OLD), pod(1, revision=OLD), pulling(2, message="not found")]
    )
    (finding,) = found(image_not_pulled, objects)
    assert finding.headline == "web-2: image web:1 cannot be pulled"
    assert (finding.level, finding.certainty, finding.since) == (Level.ERROR, Certainty.CERTAIN, at(40))
    assert (finding.object.name, finding.ordinals) == ("web-2", (2,))
    assert finding.so == "web-1 and web-0 stay on old until web-2 is Ready"
    assert [(one.object, one.field, one.value) for one in finding.evidence] == [
        ("Pod web-2", "spec.containers[app].image", "web:1"),
        ("Pod web-2", "status.containerStatuses[app].state.waiting.reason", "ImagePullBackOff"),
        ("Pod web-2", "status.containerStatuses[app].state.waiting.message", "not found"),
    ]
    assert steps(finding) == [
        (Danger.READ_ONLY, None),
        (Danger.REVERSIBLE, None),
        (Danger.DISRUPTIVE, "undo"),
    ]
    undo = finding.remedies[2]
    assert undo.text == "roll back the pod template and delete web-2: a rollback alone does not replace it"
    assert undo.command == "kubectl -n default rollout undo statefulset/web && kubectl -n default delete pod web-2"


@pytest.mark.parametrize(
    ("stateful", "revision", "actions"),
    [
        (stateful_set(1), NEW, [None, "unblock"]),
        (stateful_set(1, policy="Parallel", **UPDATING), NEW, ["undo"]),
        (stateful_set(1, current=OLD, update=OLD), NEW, ["unblock"]),
        (stateful_set(1, policy="Parallel", current=OLD, update=OLD), NEW, [None]),
        (stateful_set(1, strategy=rolling(1), **UPDATING), OLD, [None]),
        (stateful_set(1, strategy=UpdateStrategy(type="OnDelete"), **UPDATING), OLD, ["delete-pod"]),
        (stateful_set(1, strategy=UpdateStrategy(type="OnDelete")), NEW, [None, "delete-pod"]),
    ],
)
def test_the_template_fix_depends_on_which_pod_is_next(
    stateful: StatefulSet, revision: str, actions: list[str]
) -> None:
    (finding,) = found(image_not_pulled, around(stateful, [pulling(0, revision=revision)]))
    assert [remedy.action for remedy in finding.remedies[2:]] == actions


@pytest.mark.parametrize(
    ("reason", "message", "headline", "step"),
    [
        ("InvalidImageName", "", "web-0: image web:1 cannot be pulled: the name is invalid", "correct the image"),
        ("ErrImageNeverPull", "", "web-0: image web:1 cannot be pulled: imagePullPolicy is Never, and the", "load the"),
        ("ErrImagePull", "denied: no access", "web-0: image web:1 cannot be pulled", "allow the pods to pull"),
    ],
)
def test_remedies_depend_on_the_reason(reason: str, message: str, headline: str, step: str) -> None:
    (finding,) = found(image_not_pulled, around(stateful_set(1), [pulling(0, reason, message)]))
    assert finding.headline.startswith(headline)
    assert finding.remedies[1].text.startswith(step)


def test_pods_that_share_an_image_share_a_finding() -> None:
    pods = [pulling(ordinal) for ordinal in range(3)]
    (finding,) = found(image_not_pulled, around(stateful_set(3, policy="Parallel"), pods))
    assert finding.headline == "web-0, -1 and -2: image web:1 cannot be pulled"
    assert (finding.ordinals, finding.object.kind) == ((0, 1, 2), "StatefulSet")


def test_a_container_being_created_has_no_finding() -> None:
    objects = around(stateful_set(1), [pulling(0, "ContainerCreating")])
    assert found(image_not_pulled, objects) == found(config_error, objects) == ()


@pytest.mark.parametrize(
    ("message", "headline", "certainty"),
    [
        ('secret "db" not found', "web-0: Secret db is missing", Certainty.LIKELY),
        ('configmap "app-config" not found', "web-0: ConfigMap app-config is missing", Certainty.LIKELY),
        (
            "couldn't find key password in Secret default/db",
            "web-0: key password of Secret db is missing",
            Certainty.LIKELY,
        ),
        (
            "container has runAsNonRoot and image will run as root",
            "web-0: container app cannot be created: container has runAsNonRoot and image will run as root",
            Certainty.CERTAIN,
        ),
        ("", "web-0: container app cannot be created: CreateContainerConfigError", Certainty.CERTAIN),
    ],
)
def test_a_missing_object_is_named(message: str, headline: str, certainty: Certainty) -> None:
    (finding,) = found(config_error, around(stateful_set(1), [misconfigured(0, message)]))
    assert (finding.headline, finding.certainty) == (headline, certainty)
    if certainty is Certainty.LIKELY:
        assert "without being deleted" in finding.remedies[1].text
        assert finding.remedies[1].danger is Danger.REVERSIBLE


def test_runtime_errors_are_quoted() -> None:
    broken = misconfigured(0, 'exec: "serve": not found in $PATH', "RunContainerError")
    (finding,) = found(config_error, around(stateful_set(1), [broken]))
    assert finding.headline == 'web-0: container app cannot be started: exec: "serve": not found in $PATH'


def test_an_init_container_is_labelled_as_such() -> None:
    broken = pod(
        0,
        phase="Pending",
        ready="False",
        containers=[waiting("PodInitializing")],
        init_containers=[waiting("ImagePullBackOff", name="wait")],
        init_specs=[Container(name="wait", image="wait:2")],
    )
    broken = with_condition(broken, "Initialized", "False")
    (finding,) = found(image_not_pulled, around(stateful_set(1), [broken]))
    assert finding.headline == "web-0: image wait:2 cannot be pulled"
    assert finding.evidence[0].field == "spec.initContainers[wait].image"


def test_one_broken_pod_is_one_headline() -> None:
    view = judged(around(stateful_set(2), [pod(0), misconfigured(1, 'secret "db" not found')]))
    assert [finding.headline for finding in view.findings] == ["web-1: Secret db is missing"]
    assert (view.severity, view.why.headline) == (Severity.STUCK, "web-1: Secret db is missing")


def test_messages_of_the_cluster_are_one_line() -> None:
    broken = misconfigured(0, "[red]\x1b[2J\nno\r\n")
    (finding,) = found(config_error, around(stateful_set(1), [broken]))
    assert finding.headline == "web-0: container app cannot be created: [red]\x1b[2J no"
