from __future__ import annotations

from stsview.model.moment import Moment
from stsview.model.pod_state import read_pod
from stsview.model.readiness import readiness_of
from stsview.model.reading import Cause, Reading
from stsview.model.settings import ModelSettings
from stsview.model.views import Severity, Tone
from stsview.objects.pod import Pod
from tests.model.build import at, death, ended, pod, terminating


def read(held: Pod, now: float) -> Reading:
    return read_at(held, Moment(at(now)))


def read_at(held: Pod, moment: Moment) -> Reading:
    return read_pod(held, readiness_of(held, 0, moment), 0, ModelSettings(), moment)


def test_until_its_deadline_ending_is_normal() -> None:
    reading = read(terminating(0, asked=100), 110)
    assert (reading.state.word, reading.state.tone) == ("Terminating", Tone.GOING)
    assert (reading.state.since, reading.state.until) == (at(100), at(130))
    assert reading.severity is Severity.ROLLING


def test_a_little_past_its_deadline_it_has_no_promise_but_is_not_stuck() -> None:
    state = read(terminating(0, asked=100), 159).state
    assert (state.word, state.tone, state.until) == ("Terminating", Tone.GOING, None)


def test_long_past_its_deadline_it_is_stuck() -> None:
    reading = read(terminating(0, asked=100), 160)
    assert (reading.state.word, reading.state.tone, reading.cause) == ("stuck Terminating", Tone.BROKEN, Cause.KUBELET)
    assert reading.severity is Severity.STUCK
    assert reading.because == "node node-1 has not confirmed its end"


def test_each_step_is_announced() -> None:
    held = terminating(0, asked=100)
    for now, expected in ((110, 130), (130, 160)):
        moment = Moment(at(now))
        read_at(held, moment)
        assert moment.next_change == at(expected)


def test_a_finalizer_holds_what_has_ended() -> None:
    held = terminating(
        0,
        asked=100,
        grace=0,
        phase="Succeeded",
        ready="False",
        containers=[ended(death(0))],
        finalizers=("example.com/hold",),
    )
    reading = read(held, 200)
    assert (reading.cause, reading.because) == (Cause.FINALIZER, "finalizer example.com/hold not removed")


def test_with_a_finalizer_and_running_containers_the_kubelet_comes_first() -> None:
    assert read(terminating(0, asked=100, finalizers=("example.com/hold",)), 200).cause is Cause.KUBELET


def test_on_a_lost_node_nobody_confirms_and_the_set_is_at_risk_from_the_start() -> None:
    held = terminating(0, asked=100, ready="Unknown")
    assert (read(held, 101).cause, read(held, 101).severity) == (Cause.NODE, Severity.AT_RISK)
    assert read(held, 200).because == "node node-1 is silent or not Ready, so nobody confirms its end"


def test_containers_that_have_ended_are_told_from_those_that_have_not() -> None:
    held = terminating(0, asked=100, ready="False", reason="PodCompleted", containers=[ended(death(0))])
    assert read(held, 200).because == "its containers have ended, node node-1 has not confirmed it"


def test_an_absurd_grace_period_does_no_harm() -> None:
    held = pod(0, deletion_timestamp=at(100), deletion_grace_period_seconds=2**63 - 1)
    assert read(held, 50).state.word == "Terminating"
