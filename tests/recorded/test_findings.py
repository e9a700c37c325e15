"""The rules on every recorded history: the expected headline at every moment, and no other."""

from __future__ import annotations

from functools import cache

import pytest

from stsview.model.finding import Danger, Finding, Level
from stsview.model.settings import ModelSettings
from stsview.model.views import Severity
from stsview.triage.catalogue import BY_ID
from tests.recorded.test_every_history import SMOOTH
from tests.support.recorded.player import NAMES, History, Moment, play
from tests.support.triage.every_rule import examine

IMPATIENT = ModelSettings(termination_slack=3, act_grace=5)
"""For histories that are shorter than the default grace times."""


@cache
def judged(name: str) -> History:
    return play(name, examine=examine)


def grave(moment: Moment) -> tuple[Finding, ...]:
    return tuple(found for found in moment.set.findings if found.level >= Level.WARNING)


def headlines(history: History, start: float = 0.0, end: float = float("inf")) -> list[str]:
    """The first headlines in order; empty where nothing was wrong."""
    told: list[str] = []
    for moment in history.between(start, end):
        headline = next((found.headline for found in grave(moment)), "")
        if not told or told[-1] != headline:
            told.append(headline)
    return told


STORIES = {
    "broken-rollout-deadlock": [
        "",
        "zookeeper-2: image zookeeper:3.8.1 cannot be pulled",
        "zookeeper-2: blocks its own update: delete the pod to move it to 6f4ddbdbb6",
        "",
    ],
    "crash-loop": [
        "",
        "zookeeper-1: crash-looping (exit 1)",
        "zookeeper-1: crash-looping (exit 1, 1 restart)",
        "zookeeper-1: blocks its own update: delete the pod to move it to 6f4ddbdbb6",
        "",
    ],
    "dead-node": [
        "",
        "zookeeper-1: node fake-node-1 is unreachable",
        "zookeeper-1: node fake-node-1 is unreachable, marked out of service",
        "",
    ],
    "node-gone": [
        "",
        "zookeeper-0 and zookeeper-2: node fake-node-2 is unreachable",
        "zookeeper-2: node fake-node-2 is unreachable",
        "zookeeper-2: node fake-node-2 is gone",
        "",
    ],
    "quota": [
        "",
        "zookeeper-2: ResourceQuota q exceeded: requested: pods=1, used: pods=2, limited: pods=2",
        "",
    ],
    "unschedulable": ["", "zookeeper-1: unschedulable: 3 Insufficient cpu", ""],
    "finalizer": [""],
    "stuck-terminating": [""],
    **{name: [""] for name in SMOOTH},
}


@pytest.mark.parametrize("name", NAMES)
def test_each_phase_of_each_story_has_its_headline(name: str) -> None:
    assert headlines(judged(name)) == STORIES[name]


def test_with_shorter_grace_times_a_stuck_termination_is_explained() -> None:
    assert headlines(play("stuck-terminating", IMPATIENT, examine=examine)) == [
        "",
        "zookeeper-1: kubelet on fake-node-2 fails to stop its containers",
        "",
    ]
    assert headlines(play("finalizer", IMPATIENT, examine=examine)) == [
        "",
        "zookeeper-2: held by finalizer example.com/hold",
        "",
    ]


@pytest.mark.parametrize("name", SMOOTH)
def test_where_nothing_goes_wrong_nothing_is_found(name: str) -> None:
    for moment in judged(name).between(0):
        assert grave(moment) == ()
        assert moment.set.severity in (Severity.HEALTHY, Severity.ROLLING)


@pytest.mark.parametrize("name", NAMES)
def test_the_headline_of_the_worst_finding_is_the_set_s_own(name: str) -> None:
    for moment in judged(name).between(0):
        worst = next(iter(grave(moment)), None)
        view = moment.set
        if worst is not None:
            assert (view.why.headline, view.why.since) == (worst.headline, worst.since)
        assert view.severity >= Severity.AT_RISK or worst is None
        assert worst is not None or view.severity < Severity.AT_RISK, "no set is in trouble without a finding"


@pytest.mark.parametrize("name", NAMES)
def test_every_finding_is_complete(name: str) -> None:
    for moment in judged(name).between(0):
        for head in moment.set.findings:
            for found in (head, *head.below):
                assert found.rule in BY_ID
                assert found.evidence
                assert found.headline == " ".join(found.headline.split()) != ""
                assert found.since is None or found.since <= moment.now
                assert found.until is None or found.until > moment.now
                dangers = [one.danger for one in found.remedies]
                assert dangers == sorted(dangers), f"{found.rule}: the safest comes first"


def test_the_pod_to_delete_is_the_one_whose_deletion_unblocked_the_set() -> None:
    played = judged("broken-rollout-deadlock")
    undone = played.command("kubectl rollout undo")
    deleted = played.command("kubectl delete pod zookeeper-2")
    (finding,) = played.at(undone + 5).set.findings
    assert (finding.rule, finding.ordinals, finding.level) == ("revision-deadlock", (2,), Level.ERROR)
    assert finding.below[0].headline == "zookeeper-2: image zookeeper:3.8.1 cannot be pulled"
    assert finding.remedies[0].command.endswith("delete pod zookeeper-2")
    assert finding.remedies[0].danger is Danger.DISRUPTIVE
    assert headlines(played, deleted) == [""]


def test_a_bad_image_that_is_the_update_is_no_deadlock() -> None:
    played = judged("broken-rollout-deadlock")
    broken = played.first(lambda view: view.severity is Severity.STUCK)
    (finding,) = broken.set.findings
    assert finding.rule == "image-not-pulled"
    assert not [below for below in finding.below if below.rule == "revision-deadlock"]


def test_a_dead_node_has_its_eviction_time_and_force_last() -> None:
    played = judged("dead-node")
    silent = played.first(lambda view: bool(view.findings and view.findings[0].until))
    (finding,) = silent.set.findings
    assert finding.until is not None
    assert (finding.until - silent.now).total_seconds() == pytest.approx(15, abs=2), "its toleration"
    assert finding.level is Level.WARNING
    assert "force-delete" not in [one.action for one in finding.remedies]
    stuck = played.first(lambda view: view.severity is Severity.STUCK)
    (finding,) = stuck.set.findings
    assert finding.until is None
    assert [one.action for one in finding.remedies][-1] == "force-delete"
    assert len([one for one in finding.remedies if one.danger is Danger.LOSS]) == 3
    marked = played.at(played.command("kubectl taint node fake-node-1") + 0.5)
    assert marked.set.findings[0].next == "wait: fake-node-1 is marked out of service, pod GC removes zookeeper-1"


def test_a_node_that_is_gone_is_left_to_pod_gc() -> None:
    played = judged("node-gone")
    gone = played.at(played.command("kubectl delete node") + 0.5)
    (finding,) = gone.set.findings
    assert (finding.rule, finding.next) == ("node-gone", "wait: pod GC removes zookeeper-2 within 2 min")


def test_on_delete_lists_outdated_pods_as_a_notice() -> None:
    played = judged("on-delete")
    waiting = [
        found.headline
        for moment in played.between(0)
        for found in moment.set.findings
        if found.rule == "on-delete-pending"
    ]
    assert list(dict.fromkeys(waiting)) == [
        "zookeeper-0, -1 and -2: need manual deletion (OnDelete) to move to ffdf67bfb",
        "zookeeper-0 and zookeeper-2: need manual deletion (OnDelete) to move to ffdf67bfb",
        "zookeeper-2: needs manual deletion (OnDelete) to move to ffdf67bfb",
    ]
