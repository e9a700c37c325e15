"""Refused creations in events; the messages are those of a real control plane."""

from __future__ import annotations

import pytest

from stsview.model.explain.refusals import refusals_of
from tests.support.model.build import around, event, stateful_set

QUOTA = (
    'pods "web-2" is forbidden: exceeded quota: q, requested: pods=1, used: pods=2, limited: pods=2',
    "exceeded quota: q, requested: pods=1, used: pods=2, limited: pods=2",
)


@pytest.mark.parametrize(
    ("begins", "claim"),
    [
        ("Create Pod web-2 in", ""),
        ("create Pod web-2 in", ""),
        ("(combined from similar events): create Pod web-2 in", ""),
        ("create Claim data-web-2 for Pod web-2 in", "data-web-2"),
    ],
)
def test_a_refusal_is_recognised_whatever_surrounds_it(begins: str, claim: str) -> None:
    told = event("web", "FailedCreate", f"{begins} StatefulSet web failed error: {QUOTA[0]}", kind="StatefulSet")
    refusals = refusals_of(around(stateful_set(3), events=(told,)))
    assert list(refusals) == ["web-2"]
    assert (refusals["web-2"].error, refusals["web-2"].claim) == (QUOTA[1], claim)


def test_the_latest_refusal_counts_and_is_on_one_line() -> None:
    said = [
        event("web", "FailedCreate", f"create Pod web-0 in StatefulSet web failed error: {words}", kind="StatefulSet")
        for words in ("first", 'admission webhook "a" denied the request:\n  no')
    ]
    refusals = refusals_of(around(stateful_set(1), events=tuple(said)))
    assert refusals["web-0"].error == 'admission webhook "a" denied the request: no'


@pytest.mark.parametrize(
    ("kind", "reason", "message"),
    [
        ("StatefulSet", "FailedCreate", "create Pod web-0 in StatefulSet web successful"),
        ("StatefulSet", "FailedUpdate", "create Pod web-0 in StatefulSet web failed error: no"),
        ("Pod", "FailedCreate", "create Pod web-0 in StatefulSet web failed error: no"),
    ],
)
def test_other_events_are_no_refusals(kind: str, reason: str, message: str) -> None:
    assert refusals_of(around(stateful_set(1), events=(event("web", reason, message, kind=kind),))) == {}
