"""Rule about the number of members down, and where its finding is shown."""

from __future__ import annotations

from typing import Any

import pytest

from stsview.model.cache.set_objects import SetObjects
from stsview.model.finding import Finding, Level
from stsview.model.related.quorum import ANNOTATION
from stsview.model.settings import ModelSettings
from stsview.model.views import Severity
from stsview.objects.kinds import PODS
from stsview.objects.pod import Pod
from stsview.triage.rules.pods.members import members_down
from tests.support.model.build import (
    around,
    at,
    crashing,
    node,
    pod,
    running,
    starting,
    stateful_set,
    terminating,
    without,
)
from tests.support.triage.judge import found, judged
from tests.support.triage.pods import pulling


def members(*broken: int, of: int, quorum: str = "", **more: Any) -> SetObjects:
    pods = [crashing(ordinal) if ordinal in broken else pod(ordinal) for ordinal in range(of)]
    return around(stateful_set(of, annotations={ANNOTATION: quorum} if quorum else {}, **more), pods)


def headline_of(objects: SetObjects, **more: Any) -> tuple[str, Level, tuple[int, ...]]:
    (finding,) = found(members_down, objects, **more)
    return finding.headline, finding.level, finding.ordinals


@pytest.mark.parametrize(
    ("objects", "headline", "level", "ordinals"),
    [
        (members(0, of=1), "service is down: web-0 is the only member", Level.ERROR, (0,)),
        (members(1, of=2), "no redundancy: only web-0 is up", Level.WARNING, (1,)),
        (members(0, 1, of=2), "service is down: both members are down", Level.ERROR, (0, 1)),
        (members(1, of=3), "1 of 3 members down", Level.WARNING, (1,)),
        (members(0, 1, 2, of=3), "3 of 3 members down", Level.ERROR, (0, 1, 2)),
        (members(1, of=5, quorum="majority"), "quorum holds: 4 of 5 members up, 3 needed", Level.WARNING, (1,)),
        (
            members(1, of=3, quorum="majority"),
            "quorum at its limit: 2 of 3 members up, 2 needed",
            Level.WARNING,
            (),
        ),
        (members(1, 2, of=3, quorum="2"), "quorum lost: 1 of 3 members up, 2 needed", Level.ERROR, ()),
    ],
)
def test_members_down_are_counted_and_the_effect_given_if_known(
    objects: SetObjects, headline: str, level: Level, ordinals: tuple[int, ...]
) -> None:
    assert headline_of(objects) == (headline, level, ordinals)


def test_the_quorum_may_come_from_the_configuration() -> None:
    settings = ModelSettings(quorum={"default/web": 3})
    assert headline_of(members(1, of=3), settings=settings)[0] == "quorum lost: 2 of 3 members up, 3 needed"
    (finding,) = found(members_down, members(1, of=3), settings=settings)
    assert [(one.object, one.field, one.value) for one in finding.evidence][1] == (
        "configuration",
        "quorum[default/web]",
        "3",
    )


def test_the_quorum_is_lost_since_the_last_member_it_needed_went_down() -> None:
    pods = [pod(0), pulling(1), crashing(2)]
    (finding,) = found(members_down, around(stateful_set(3, annotations={ANNOTATION: "2"}), pods))
    assert finding.since == at(40)
    assert finding.evidence[1].field == f"metadata.annotations[{ANNOTATION}]"
    (finding,) = found(members_down, around(stateful_set(3), pods))
    assert finding.since == at(0)


def test_members_of_a_rollout_count_once_another_member_is_broken() -> None:
    stateful = stateful_set(3, annotations={ANNOTATION: "majority"})
    rolling = [pod(0), pod(1), terminating(2, asked=50)]
    assert found(members_down, around(stateful, rolling)) == ()
    broken = [pod(0), crashing(1), terminating(2, asked=50)]
    assert headline_of(around(stateful, broken))[0] == "quorum lost: 1 of 3 members up, 2 needed"


@pytest.mark.parametrize(
    ("stateful", "pods", "more"),
    [
        (stateful_set(3), [pod(0), starting(1)], {}),
        (stateful_set(3), [], {}),
        (stateful_set(1), [starting(0)], {}),
        (stateful_set(2), [crashing(0)], {"coverage": without(PODS)}),
        (stateful_set(2, deletion_timestamp=at(0)), [crashing(0)], {}),
        (stateful_set(0), [], {}),
    ],
    ids=["coming up", "just made", "its only one coming up", "pods unknown", "being deleted", "scaled to nothing"],
)
def test_a_set_in_progress_has_no_members_down(stateful: Any, pods: list[Pod], more: Any) -> None:
    assert found(members_down, around(stateful, pods, **more), 10) == ()


def test_a_member_on_a_lost_node_is_down_whatever_its_last_status() -> None:
    objects = around(
        stateful_set(2), [pod(0), pod(1, node="gone")], nodes={"node-1": node(), "gone": node("gone", "Unknown")}
    )
    assert headline_of(objects)[0] == "no redundancy: only web-0 is up"


def test_a_member_that_is_missing_for_too_long_is_down() -> None:
    objects = around(stateful_set(2), [pod(0)])
    assert headline_of(objects, now=80, first_seen=40) == ("no redundancy: only web-0 is up", Level.WARNING, (1,))
    assert found(members_down, objects, 60, first_seen=40) == ()


def rules(findings: tuple[Finding, ...]) -> list[tuple[str, list[str]]]:
    return [(one.rule, [below.rule for below in one.below]) for one in findings]


def test_one_broken_pod_is_one_headline_with_members_down_below() -> None:
    view = judged(members(0, of=1))
    assert rules(view.findings) == [("crash-loop", ["members-down"])]
    assert view.why.headline == "web-0: crash-looping (exit 1, 3 restarts)"


def test_members_down_is_below_an_unexplained_finding_too() -> None:
    marked = pod(1, ready="False", ready_since=40, phase="Running", containers=[running()])
    assert [below for _, below in rules(judged(around(stateful_set(2), [pod(0), marked]), 800).findings)] == [
        ["members-down"]
    ]


def test_several_causes_are_summed_up_in_a_finding_of_its_own() -> None:
    pods = [pod(0), pulling(1), crashing(2)]
    assert rules(judged(around(stateful_set(3, policy="Parallel"), pods)).findings) == [
        ("image-not-pulled", []),
        ("crash-loop", []),
        ("members-down", []),
    ]


@pytest.mark.parametrize("of", [2, 3])
def test_a_quorum_at_stake_is_a_finding_after_the_cause(of: int) -> None:
    view = judged(members(1, of=of, quorum="2"))
    assert rules(view.findings) == [("crash-loop", []), ("members-down", [])]
    assert view.severity is Severity.STUCK
    assert view.why.headline.startswith("web-1: ")
