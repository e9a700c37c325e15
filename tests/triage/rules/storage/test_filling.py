"""Rules about volumes that are full, or will be."""

from __future__ import annotations

from datetime import timedelta

import pytest

from stsview.model.cache.set_objects import SetObjects
from stsview.model.finding import Certainty, Growth, Level
from stsview.model.settings import Acknowledgement, ModelSettings, UsageLimits
from stsview.model.views import Severity
from stsview.triage.rules.storage.filling import inodes_nearly_full, volume_filling, volume_full, volume_nearly_full
from tests.support.model.build import around, at, claim, death, pod, stateful_set, storage_class, waiting
from tests.support.triage.claims import claimed
from tests.support.triage.judge import found, judged
from tests.support.triage.measured import filling, measured, measured_pod

HOUR = 3600


def web(size: int = 2, *, expandable: bool = True, **more: object) -> SetObjects:
    classes = {"fast": storage_class(allow_volume_expansion=expandable)}
    return around(stateful_set(size), [pod(ordinal) for ordinal in range(size)], classes=classes, **more)


def test_what_was_not_measured_is_no_finding_and_changes_nothing() -> None:
    assert judged(web()).findings == ()
    assert judged(web(), measured=measured([measured_pod(0, 30, memory=5)])) == judged(web())
    assert judged(web(), measured=measured([measured_pod(0, 30, full=0.84)])).severity is Severity.HEALTHY


def test_a_volume_above_the_threshold() -> None:
    usage = measured([measured_pod(0, 30, full=0.5), measured_pod(1, 30, full=0.912)])
    (finding,) = found(volume_nearly_full, web(), measured=usage, first_seen=40)
    assert finding.headline == "web-1: PVC data-web-1 is 91% full"
    assert (finding.level, finding.certainty, finding.ordinals) == (Level.WARNING, Certainty.CERTAIN, (1,))
    assert (finding.since, finding.until, finding.so) == (at(40), None, "")
    assert [one.value for one in finding.evidence] == [
        "901Mi of 10Gi",
        "2026-03-01T12:00:30Z",
    ]
    look, grow = finding.remedies
    assert look.command == "kubectl -n default exec web-1 -- df -h"
    assert grow.text == "grow PVC data-web-1 to 15Gi; a PVC cannot shrink again"
    assert '"storage":"15Gi"' in grow.command

    stricter = ModelSettings(usage=UsageLimits(volume=0.5))
    (finding,) = found(volume_nearly_full, web(), measured=usage, settings=stricter)
    assert finding.headline == "web-0 and web-1: PVCs are 50% to 91% full"
    assert finding.remedies[-1].text == "grow PVC data-web-1 and 1 other to 15Gi; a PVC cannot shrink again"
    assert finding.remedies[-1].growth == Growth("data", "15Gi", (0, 1))
    each = 'for pvc in data-web-1 data-web-0; do kubectl -n default patch pvc "$pvc" --type=merge -p '
    assert finding.remedies[-1].command.startswith(each)
    view = judged(web(), measured=usage)
    assert (view.severity, [one.rule for one in view.findings]) == (Severity.AT_RISK, ["volume-nearly-full"])

    (finding,) = found(volume_nearly_full, web(expandable=False), measured=usage)
    assert finding.remedies[-1].text == "make room: the StorageClass is not known to expand volumes"


def test_the_time_that_is_left_shrinks_by_itself() -> None:
    # 5 % in an hour, 8 % are left.
    usage = filling(1, 0.87, 0.92, minutes=60)
    (finding,) = found(volume_nearly_full, web(), 0, measured=usage)
    assert finding.headline == "web-1: PVC data-web-1 is 92% full, full in less than 2h"
    assert finding.so == "it is full at the rate of the last 1h"
    assert finding.until is not None
    assert abs(finding.until - at(1.6 * HOUR)) < timedelta(seconds=5)

    almost = filling(1, 0.9, 0.949, minutes=60)
    view = judged(web(), 1, measured=almost)
    # One hour and two minutes are left at first.
    assert view.findings[0].headline == "web-1: PVC data-web-1 is 94% full, full in less than 2h"
    assert view.next_change is not None
    later = (view.next_change - at(0)).total_seconds()
    assert 120 < later < 200
    (finding,) = judged(web(), later, measured=almost).findings
    assert finding.headline == "web-1: PVC data-web-1 is 94% full, full in less than 1h"

    (finding,) = found(volume_nearly_full, web(), 30, measured=filling(1, 0.88, 0.89, minutes=3))
    assert finding.so == "it is full at the rate of the last 3m, too short to be sure"


@pytest.mark.parametrize(
    ("first", "last", "minutes", "level", "left"),
    [
        (0.4, 0.49, 60, Level.NOTICE, "full in less than 8h"),
        (0.4, 0.58, 60, Level.WARNING, "full in less than 3h"),
        (0.4, 0.44, 60, None, ""),
        # A burst.
        (0.4, 0.6, 5, None, ""),
    ],
)
def test_a_trend_below_the_threshold(first: float, last: float, minutes: int, level: Level | None, left: str) -> None:
    findings = found(volume_filling, web(), 30, measured=filling(1, first, last, minutes=minutes))
    if level is None:
        assert findings == ()
        return
    (finding,) = findings
    assert finding.headline == f"web-1: PVC data-web-1 fills up: {int(last * 100)}% full, {left}"
    assert (finding.level, finding.certainty) == (level, Certainty.LIKELY)
    doubt = "" if level is Level.WARNING else ", too short to be sure"
    assert finding.so == f"it is full at the rate of the last 1h{doubt}"


def test_inodes() -> None:
    usage = measured([measured_pod(1, 30, full=0.2, inodes_full=0.9)])
    (finding,) = found(inodes_nearly_full, web(), measured=usage)
    assert finding.headline == "web-1: PVC data-web-1 has 90% of the inodes in use"
    assert finding.evidence[1].value == "65,536 of 655,360"
    assert found(volume_nearly_full, web(), measured=usage) == ()
    (finding,) = found(volume_full, web(), measured=measured([measured_pod(1, 30, full=0.2, inodes_full=1.0)]))
    assert finding.headline == "web-1: PVC data-web-1 is out of inodes"


def test_a_full_volume_explains_what_fails_at_its_ordinal() -> None:
    status = waiting("CrashLoopBackOff", restarts=4, last=death(1))
    down = pod(1, ready="False", ready_since=30, reason="ContainersNotReady", containers=[status])
    objects = around(stateful_set(2), [pod(0), down])
    usage = measured([measured_pod(1, 30, full=1.0)])
    (finding,) = judged(objects, measured=usage).findings
    assert (finding.rule, finding.level) == ("volume-full", Level.ERROR)
    assert finding.headline == "web-1: PVC data-web-1 is full"
    assert [below.rule for below in finding.below] == ["crash-loop", "members-down"]


def test_it_can_be_acknowledged() -> None:
    known = ModelSettings(acknowledgements=(Acknowledgement("volume-nearly-full", "default/web"),))
    view = judged(web(), settings=known, measured=measured([measured_pod(1, 30, full=0.95)]))
    assert (view.severity, [one.acknowledged for one in view.findings]) == (Severity.HEALTHY, [True])


def test_an_old_measurement_is_a_notice_and_ends_after_an_hour() -> None:
    usage = measured([measured_pod(1, 0, full=0.95)])
    view = judged(web(), 60, measured=usage)
    assert view.severity is Severity.AT_RISK
    assert view.next_change == at(600)
    view = judged(web(), 660, measured=usage)
    (finding,) = view.findings
    assert finding.headline == "web-1: PVC data-web-1 was 95% full when last measured"
    assert (finding.level, finding.certainty, view.severity) == (Level.NOTICE, Certainty.LIKELY, Severity.HEALTHY)
    assert view.next_change == at(3600)
    assert judged(web(), 3600, measured=usage).findings == ()


def test_a_measurement_of_an_earlier_claim_of_that_name_says_nothing() -> None:
    young = [claim("data-web-0"), claim("data-web-1", creation_timestamp=at(40))]
    usage = measured([measured_pod(1, 30, full=0.95)])
    assert judged(web(claims=young), measured=usage).findings == ()


def test_a_volume_that_is_only_read_may_be_full() -> None:
    read_only = [claimed("data-web-0"), claimed("data-web-1", access_modes=("ReadOnlyMany",))]
    assert judged(web(claims=read_only), measured=measured([measured_pod(1, 30, full=1.0)])).findings == ()
