from __future__ import annotations

import pytest

from stsview.model.derive import derive
from stsview.model.settings import ModelSettings
from stsview.model.views import Place, Severity, WaitReason
from stsview.objects.event import Event
from stsview.objects.meta import ManagedFieldsEntry, OwnerReference
from stsview.objects.pod import Pod
from tests.support.model.build import around, at, claim, event, look, owned_by, pod, row, stateful_set, terminating


def test_a_due_creation_has_a_grace_time() -> None:
    view = look(stateful_set(3), [pod(0)], 60, first_seen=40)
    assert (view.wait.reason, view.wait.ordinal, view.severity) == (WaitReason.MISSING, 1, Severity.ROLLING)
    assert (view.wait.headline, view.wait.detail) == ("waits for web-1", "about to be created")
    assert view.next_change == at(70)
    assert row(view, 1).next


def test_an_unexplained_missing_ordinal_is_stuck_with_a_next_step() -> None:
    view = look(stateful_set(3), [pod(0)], 70, first_seen=40)
    assert (view.severity, view.severity_since) == (Severity.STUCK, at(40))
    assert (view.wait.headline, view.wait.detail) == ("web-1 is not created", "no visible reason")
    assert view.wait.so == "web-2 is not created until web-1 is Ready"
    assert "trigger a reconcile (any write to the set, such as an annotation)" in view.wait.next


def test_a_creation_is_due_when_lower_ordinals_are_available() -> None:
    view = look(stateful_set(2, min_ready_seconds=10), [pod(0, ready_since=50)], 70, first_seen=5)
    assert view.wait.since == at(60)
    assert view.severity is Severity.ROLLING


def test_an_old_status_dates_the_absence() -> None:
    wrote = ManagedFieldsEntry(manager="kube-controller-manager", subresource="status", time=at(10))
    told = stateful_set(2, status={"replicas": 1}, managed_fields=(wrote,))
    assert look(told, [pod(0)], 60).severity is Severity.STUCK
    disagrees = stateful_set(2, status={"replicas": 2}, managed_fields=(wrote,))
    assert look(disagrees, [pod(0)], 60).severity is Severity.ROLLING
    behind = stateful_set(2, status={"replicas": 1}, managed_fields=(wrote,), generation=2)
    assert look(behind, [pod(0)], 60).severity is Severity.ROLLING


def test_a_stale_claim_prevents_the_creation() -> None:
    stale = claim(
        "data-web-1",
        owner_references=(OwnerReference(kind="Pod", name="web-1", uid="the-former-one"),),
        deletion_timestamp=at(58),
    )
    claims = [claim("data-web-0"), stale]
    view = look(stateful_set(2), [pod(0)], 60, first_seen=55, claims=claims)
    assert view.wait.detail == "PVC data-web-1 still belongs to the previous pod and is deleted first"
    assert view.severity is Severity.ROLLING
    assert look(stateful_set(2), [pod(0)], 85, first_seen=55, claims=claims).severity is Severity.STUCK


def test_a_terminating_claim_prevents_the_creation() -> None:
    claims = [claim("data-web-0"), claim("data-web-1", deletion_timestamp=at(50))]
    view = look(stateful_set(2), [pod(0)], 60, first_seen=55, claims=claims)
    assert view.wait.detail == "PVC data-web-1 is being deleted and must be gone first"


@pytest.mark.parametrize(
    ("holder", "detail"),
    [
        (pod(1, owners=owned_by("job", "Job", "one-off")), "its name is taken by a pod of Job one-off"),
        (
            pod(1, owners=(), labels={"app": "other"}),
            "its name is taken by a pod without an owner that does not match the selector",
        ),
    ],
)
def test_a_taken_name_is_stuck_at_once(holder: Pod, detail: str) -> None:
    view = look(stateful_set(2), [pod(0), holder], 60)
    assert (view.severity, view.wait.ordinal, view.wait.detail) == (Severity.STUCK, 1, detail)
    places = [(r.name, r.place, r.state.label) for r in view.ordinals]
    assert places[1:] == [("web-1", Place.EXPECTED, "missing"), ("web-1", Place.FOREIGN, "Ready")]


def test_pods_of_a_former_set_have_a_grace_time() -> None:
    former = pod(0, owners=owned_by("uid-of-the-set-before"))
    assert look(stateful_set(1), [former], 60, first_seen=50).severity is Severity.ROLLING
    assert look(stateful_set(1), [former], 80, first_seen=50).severity is Severity.STUCK


def test_the_creation_waits_for_a_terminating_holder_of_the_name() -> None:
    former = terminating(0, asked=50, owners=owned_by("uid-of-the-set-before"))
    view = look(stateful_set(1), [former], 60)
    assert view.wait.detail == "its name is taken by a pod of StatefulSet web: Terminating"
    assert view.severity is Severity.ROLLING
    assert look(stateful_set(1), [former], 200).severity is Severity.STUCK


def test_an_orphan_is_about_to_be_adopted() -> None:
    view = look(stateful_set(1), [pod(0, owners=())], 60, first_seen=50)
    assert (view.wait.detail, view.severity) == ("its pod exists, but is not adopted yet", Severity.ROLLING)
    assert look(stateful_set(1), [pod(0, owners=())], 80, first_seen=50).severity is Severity.STUCK


@pytest.mark.parametrize(("last", "now", "severity"), [(50, 55, Severity.STUCK), (50, 49, Severity.ROLLING)])
def test_a_refused_creation_is_reported_before_it_is_overdue(last: float, now: float, severity: Severity) -> None:
    error = 'pods "web-1" is forbidden: exceeded quota: q'
    message = f"create Pod web-1 in StatefulSet web failed error: {error}"
    refused = event("web", "FailedCreate", message, kind="StatefulSet", first=10, last=last)
    view = look(stateful_set(2), [pod(0)], now, first_seen=40, events=(refused,))
    assert (view.severity, view.wait.since) == (severity, at(40))
    if severity is Severity.STUCK:
        assert view.wait.headline == "web-1 is not created"
        assert view.wait.detail == "creation refused: exceeded quota: q"


REFUSED = "create Pod web-1 in StatefulSet web failed error: no"


def refusal(last: float) -> Event:
    return event("web", "FailedCreate", REFUSED, kind="StatefulSet", first=10, last=last)


def test_the_refusal_of_an_earlier_creation_does_not_count() -> None:
    """The pod was created after that, and is gone again."""
    before, after = around(stateful_set(2), [pod(0), pod(1)]), around(stateful_set(2), [pod(0)], events=(refusal(30),))
    settings = ModelSettings()
    _, seen = derive(before, {}, at(35), at(35), settings)
    _, seen = derive(after, seen, at(40), at(40), settings)
    view, _ = derive(after, seen, at(55), at(55), settings)
    assert (view.severity, view.wait.detail) == (Severity.ROLLING, "about to be created")


@pytest.mark.parametrize("first_seen", [40, 1990])
def test_a_refusal_counts_for_as_long_as_the_pod_has_not_existed(first_seen: float) -> None:
    """Repetitions may be dropped from the events, and the status changes whenever another pod does."""
    written = ManagedFieldsEntry(manager="kube-controller-manager", subresource="status", time=at(1980))
    status = {"replicas": 1, "ready_replicas": 1}
    stateful = stateful_set(2, managed_fields=(written,), status=status)
    view = look(stateful, [pod(0)], 2000, first_seen=first_seen, events=(refusal(30),))
    assert (view.severity, view.wait.detail) == (Severity.STUCK, "creation refused: no")
