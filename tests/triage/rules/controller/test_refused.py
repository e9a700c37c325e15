"""Rules about rejected pods. The messages are those of real API servers."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from stsview.model.finding import Certainty, Danger, Level
from stsview.objects.statefulset import UpdateStrategy
from stsview.triage.rule import Rule
from stsview.triage.rules.controller.refused import (
    admission_refused,
    creation_refused,
    limit_range_exceeded,
    namespace_terminating,
    quota_exceeded,
    service_account_missing,
    set_name_too_long,
)
from tests.support.model.build import NEW, OLD, around, at, autoscaler, event, pod, stateful_set
from tests.support.triage.judge import found, judged

QUOTA = 'pods "web-1" is forbidden: exceeded quota: team, requested: pods=1, used: pods=2, limited: pods=2'
RULES = (quota_exceeded, admission_refused, creation_refused)


def refused(error: str, *ordinals: int, claim: bool = False, last: float = 75, **more: Any) -> Any:
    """A set whose ordinals are missing since second 40 because of that error."""
    stateful = stateful_set(3, **more)
    pods = [pod(ordinal) for ordinal in range(3) if ordinal not in ordinals]
    events = tuple(
        event(
            "web",
            "FailedCreate",
            f"create {'Claim data-web-{0} for Pod' if claim else 'Pod'} web-{{0}} in StatefulSet web "
            "failed error: ".format(ordinal)
            + error.replace("web-1", f"web-{ordinal}"),
            kind="StatefulSet",
            first=40,
            last=last,
            name=f"refused-{ordinal}",
        )
        for ordinal in ordinals
    )
    return around(stateful, pods, events=events)


def test_an_exceeded_quota_is_named_with_its_counts() -> None:
    objects = refused(QUOTA, 1)
    (finding,) = found(quota_exceeded, objects, first_seen=40)
    assert finding.headline == ("web-1: ResourceQuota team exceeded: requested: pods=1, used: pods=2, limited: pods=2")
    assert (finding.level, finding.certainty, finding.since) == (Level.ERROR, Certainty.LIKELY, at(40))
    assert [(one.object, one.field) for one in finding.evidence] == [
        ("StatefulSet web", "event FailedCreate"),
        ("Pod web-1", "metadata"),
    ]
    assert finding.remedies[0].command == "kubectl -n default describe resourcequota team"
    assert [(remedy.danger, remedy.action) for remedy in finding.remedies] == [
        (Danger.READ_ONLY, None),
        (Danger.REVERSIBLE, None),
        (Danger.REVERSIBLE, "reconcile"),
        (Danger.DISRUPTIVE, None),
    ]
    assert [one.rule for one in judged(objects, 80, first_seen=40).findings] == ["quota-exceeded"]


def test_a_rejected_scale_up_may_be_scaled_back() -> None:
    objects = refused(QUOTA.replace("web-1", "web-2"), 2)
    (finding,) = found(quota_exceeded, objects, first_seen=40)
    back = finding.remedies[2]
    assert (back.text, back.danger) == ("or scale back to 2 replicas if web-2 is not needed", Danger.REVERSIBLE)
    assert back.command == "kubectl -n default scale statefulset web --replicas=2"
    assert (back.action, back.replicas) == ("scale", 2)
    for other in (replace(objects, autoscalers=(autoscaler(),)), refused(QUOTA, 0), refused(QUOTA, 0, 1, 2)):
        (finding,) = found(quota_exceeded, other, first_seen=40)
        assert not [remedy for remedy in finding.remedies if "scale back" in remedy.text]


@pytest.mark.parametrize("outdated", [True, False])
def test_a_finished_update_is_not_rolled_back_under_on_delete(outdated: bool) -> None:
    """The controller never promotes the current revision there."""
    ready = [pod(ordinal, revision=OLD if outdated and not ordinal else NEW) for ordinal in range(2)]
    stateful = stateful_set(3, current=OLD, update=NEW, strategy=UpdateStrategy(type="OnDelete"))
    pods = {one.metadata.name: one for one in ready}
    objects = replace(refused(QUOTA.replace("web-1", "web-2"), 2), set=stateful, pods=pods)
    (finding,) = found(quota_exceeded, objects, first_seen=40)
    texts = [remedy.text for remedy in finding.remedies]
    assert ("roll back the pod template" in texts) == outdated
    assert ("lower the resource requests in the template" in texts) == (not outdated)


def test_a_claim_may_be_rejected_instead_of_the_pod() -> None:
    error = 'persistentvolumeclaims "data-web-1" is forbidden: exceeded quota: team, requested: requests.storage=1Gi'
    (finding,) = found(quota_exceeded, refused(error, 1, claim=True), first_seen=40)
    assert finding.headline.startswith("web-1: ResourceQuota team exceeded by its PVC: requested: requests.storage")


def test_pods_rejected_for_the_same_reason_share_a_finding() -> None:
    (finding,) = found(quota_exceeded, refused(QUOTA, 0, 1, policy="Parallel"), first_seen=40)
    assert finding.headline.startswith("web-0 and web-1: ResourceQuota team exceeded: ")
    assert finding.ordinals == (0, 1)


@pytest.mark.parametrize(
    ("error", "headline", "template"),
    [
        (
            'admission webhook "policy.example.com" denied the request: no latest tags',
            "webhook policy.example.com rejects the pod: no latest tags",
            True,
        ),
        (
            'Internal error occurred: failed calling webhook "inject.example.com": failed to call webhook: Post '
            '"https://inject.ns.svc:443/": dial tcp: connect: connection refused',
            'webhook inject.example.com cannot be called: failed to call webhook: Post "https://inject.ns.svc:443/": '
            "dial tcp: connect: connection refused",
            False,
        ),
        (
            "pods \"web-1\" is forbidden: ValidatingAdmissionPolicy 'limits' with binding 'all' denied request: too big"
            " by far",
            "policy limits rejects the pod: too big by far",
            True,
        ),
        (
            'pods "web-1" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot != true',
            "PodSecurity restricted:latest rejects the pod: runAsNonRoot != true",
            True,
        ),
    ],
)
def test_the_rejecting_admission_is_named(error: str, headline: str, template: bool) -> None:
    (finding,) = found(admission_refused, refused(error, 1), first_seen=40)
    assert finding.headline == f"web-1: {headline}"
    assert any(remedy.danger is Danger.DISRUPTIVE for remedy in finding.remedies) == template


@pytest.mark.parametrize(
    "error",
    [
        "no PriorityClass with name high was found",
        "failed quota: team: must specify limits.memory",
    ],
)
def test_other_rejections_are_quoted(error: str) -> None:
    (finding,) = found(creation_refused, refused(f'pods "web-1" is forbidden: {error}', 1), first_seen=40)
    assert finding.headline == f"web-1: creation rejected: {error}"


@pytest.mark.parametrize(
    ("rule", "error", "headline"),
    [
        (
            service_account_missing,
            'error looking up service account default/db: serviceaccount "db" not found',
            "web-1: ServiceAccount db does not exist",
        ),
        (
            limit_range_exceeded,
            "[maximum memory usage per Pod is 1Gi, but limit is 2Gi]",
            "web-1: LimitRange rejects the pod: maximum memory usage per Pod is 1Gi, but limit is 2Gi",
        ),
        (
            limit_range_exceeded,
            "minimum cpu usage per Container is 1, but request is 100m",
            "web-1: LimitRange rejects the pod: minimum cpu usage per Container is 1, but request is 100m",
        ),
        (
            namespace_terminating,
            "unable to create new content in namespace default because it is being terminated",
            "namespace default is being deleted: web-1 cannot be created",
        ),
    ],
)
def test_what_the_api_server_misses_is_named(rule: Rule, error: str, headline: str) -> None:
    (finding,) = found(rule, refused(f'pods "web-1" is forbidden: {error}', 1), first_seen=40)
    assert finding.headline == headline
    assert not any("create the missing object" in one.text for one in finding.remedies)


def test_a_rollback_is_proposed_for_a_template_in_rollout() -> None:
    (finding,) = found(creation_refused, refused("no", 1, current=OLD, update=NEW), first_seen=40)
    assert finding.remedies[-1].action == "undo"


@pytest.mark.parametrize("error", [QUOTA, 'admission webhook "a" denied the request', "no"])
def test_each_rejection_has_exactly_one_rule(error: str) -> None:
    assert sum(len(found(rule, refused(error, 1), first_seen=40)) for rule in RULES) == 1


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(
    ("objects", "now"),
    [
        (refused("no", 1), 48),
        (refused("no", 2, 1), 80),
    ],
    ids=["only just", "not its turn"],
)
def test_recent_rejections_and_those_of_later_pods_have_no_finding(rule: Rule, objects: Any, now: float) -> None:
    assert all(finding.ordinals == (1,) for finding in found(rule, objects, now, first_seen=40))
    if len(objects.pods) > 1:
        assert found(rule, objects, now, first_seen=40) == ()


def test_a_name_that_is_too_long_for_the_revision_label() -> None:
    name, error = (
        "w" * 53,
        'Pod "x" is invalid: metadata.labels: Invalid value: "x": must be no more than 63 characters',
    )
    message = f"create Pod {name}-0 in StatefulSet {name} failed error: {error}"
    refusal = event(name, "FailedCreate", message, kind="StatefulSet", first=40, last=75)
    view = judged(around(stateful_set(1, name=name), [], events=(refusal,), claims=[]), 100, first_seen=40)
    (finding,) = view.findings
    assert (finding.rule, finding.level) == (set_name_too_long.id, Level.ERROR)
    assert finding.headline == f"the name of StatefulSet {name} is too long (53 characters): its pods cannot be created"
    texts = [one.text for one in finding.remedies]
    assert texts == ["recreate the StatefulSet under a name of at most 52 characters"]
    assert view.wait.next == "recreate the set under a name of at most 52 characters"


def test_another_label_that_is_too_long_is_a_rejection_like_others() -> None:
    objects = refused("metadata.labels: must be no more than 63 characters", 1)
    assert not found(set_name_too_long, objects, first_seen=40)
    assert found(creation_refused, objects, first_seen=40)
