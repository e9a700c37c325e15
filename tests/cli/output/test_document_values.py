"""JSON documents keep the names of their fields, whatever they are called in the code."""

from __future__ import annotations

from stsview.cli.output.document import plain_value
from stsview.model.states import AttachmentStatus, BudgetKind, ClaimStatus, Health, NodeStatus, PodKind, VolumeStatus
from stsview.model.views import BudgetView, ClaimView, NodeView, Place, PodState, VolumeView


def test_a_state_is_its_word_and_tone() -> None:
    node = plain_value(NodeView("w-1", NodeStatus.UNREACHABLE, Health.WARNING))
    assert (node["word"], node["tone"], node["lease"]) == ("silent", "warning", "")
    claim = plain_value(ClaimView("data", "data-web-0", ClaimStatus.BOUND, Health.READY))
    assert (claim["word"], claim["classState"]["word"], claim["volumeState"]["attachment"]) == ("Bound", "", "")
    volume = plain_value(VolumeView(VolumeStatus.BOUND, attachment=AttachmentStatus.ATTACHED_ELSEWHERE))
    assert (volume["word"], volume["attachment"], volume["attachmentTone"]) == (
        "Bound",
        "attached elsewhere",
        "neutral",
    )


def test_kinds_for_decisions_are_left_out() -> None:
    state = plain_value(PodState("CrashLoopBackOff", Health.DEGRADED, kind=PodKind.CONTAINER))
    assert state == {"word": "CrashLoopBackOff", "tone": "degraded", "since": None, "detail": "", "until": None}
    budget = plain_value(BudgetView("none", kind=BudgetKind.NONE))
    assert budget == {"word": "none", "tone": "neutral", "name": "", "detail": ""}


def test_places_of_ordinals() -> None:
    """`surplus` was `condemned` in the first documents; the documentation says so."""
    assert [plain_value(place) for place in Place] == ["expected", "surplus", "orphaned", "foreign"]
