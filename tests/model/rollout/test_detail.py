"""Events and revisions in the detail of a set, and their order."""

from __future__ import annotations

from typing import Any

import msgspec

from stsview.model.cache.coverage import Coverage, KindCoverage
from stsview.model.rollout.detail import EventView, PartHealth, event_views, revision_views
from stsview.objects.event import EventSeries
from stsview.objects.meta import BasicMeta, Key
from stsview.objects.statefulset import RecordedRevision, RevisionMeta
from tests.support.model.build import around, at, claim, event, owned_by, pod, stateful_set

WEB = Key("default", "web")
AROUND = around(
    stateful_set(2),
    [pod(0, uid="pod-0", claims=("shared",))],
    claims=[claim("data-web-0", uid="claim-0"), claim("shared", uid="shared")],
)


def test_events_of_the_set_its_pods_and_its_claims() -> None:
    told = [
        event("web", kind="StatefulSet", last=1),
        event("web-0", last=2),
        event("web-7", last=3),
        event("data-web-0", kind="PersistentVolumeClaim", last=4),
        event("data-web-7", kind="PersistentVolumeClaim", last=5),
        event("shared", kind="PersistentVolumeClaim", last=6),
    ]
    others = [
        event("web", kind="Service"),
        event("web-0", kind="Node"),
        event("db-0"),
        event("web"),
        event("logs-web-0", kind="PersistentVolumeClaim"),
        event("other", kind="PersistentVolumeClaim"),
        event("db", kind="StatefulSet"),
    ]
    assert [view.last for view in event_views([*others, *reversed(told)], WEB, AROUND)] == [at(n) for n in range(1, 7)]


def test_the_view_of_an_event() -> None:
    said = event("web-0", uid="pod-0", first=10, last=70, times=4)
    assert event_views([said], WEB, AROUND) == (
        EventView(
            kind="Pod",
            name="web-0",
            warning=True,
            reason="BackOff",
            message="Back-off restarting failed container",
            first=at(10),
            last=at(70),
            times=4,
            component="kubelet",
            uid="web-0.BackOff-uid",
        ),
    )
    (series,) = event_views([event("web-0", series=EventSeries(count=9, last_observed_time=at(90)))], WEB, AROUND)
    assert (series.times, series.last) == (9, at(90))


def test_an_event_of_a_former_object_is_marked() -> None:
    told = [
        event("web-0", uid="pod-0", last=1),
        event("web-0", "B", uid="before", last=2),
        event("web-1", uid="gone", last=3),
        event("data-web-0", kind="PersistentVolumeClaim", uid="before", last=4),
        event("web", kind="StatefulSet", uid="before", last=5),
        event("web-0", "C", last=6),
    ]
    assert [view.former for view in event_views(told, WEB, AROUND)] == [False, True, False, True, True, False]
    assert not any(view.former for view in event_views(told[:3], WEB, None)), "the present objects are unknown"


def test_within_a_second_event_names_give_the_order() -> None:
    told = [event("web-0", reason, name=name) for reason, name in (("B", "web-0.18ea7b"), ("A", "web.18ea7a"))]
    assert [view.reason for view in event_views(told, WEB, AROUND)] == ["A", "B"]


def test_events_without_any_time_come_first() -> None:
    timeless = msgspec.structs.replace(event("web-0", "A"), first_timestamp=None, last_timestamp=None)
    timeless = msgspec.structs.replace(timeless, metadata=BasicMeta(name="x", namespace="default"))
    told = [event("web-0", "B"), timeless]
    views = event_views(told, WEB, AROUND)
    assert [(view.reason, view.last) for view in views] == [("A", None), ("B", at(0))]


def recorded(name: str, number: int, owner: str = "set-uid") -> RecordedRevision:
    return RecordedRevision(
        metadata=RevisionMeta(name=name, namespace="default", owner_references=owned_by(owner)),
        revision=number,
        data={"spec": {"template": {"spec": {"containers": []}}}},
    )


def test_the_history_of_the_set_only_newest_last() -> None:
    told = [recorded("web-b", 3), recorded("web-a", 2), recorded("db-a", 1, "db-uid")]
    views = revision_views(told, AROUND)
    assert [(view.name, view.number) for view in views] == [("web-a", 2), ("web-b", 3)]
    assert views[0].template == {"spec": {"containers": []}}
    assert revision_views(told, None) == ()


def test_a_revision_without_a_template() -> None:
    several: list[dict[str, Any]] = [{}, {"spec": None}, {"spec": {"template": 7}}, {"spec": []}]
    for data in several:
        assert RecordedRevision(metadata=RevisionMeta(), data=data).template == {}


def test_the_reason_for_missing_data() -> None:
    assert PartHealth(KindCoverage(Coverage.COMPLETE)).reason == ""
    assert PartHealth(KindCoverage(Coverage.FORBIDDEN, "you may not"), behind="lost").reason == "you may not"
    assert PartHealth(KindCoverage(Coverage.COMPLETE), behind="lost").reason == "lost"
