"""Selectors in query strings and in objects."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.resources import EVENTS, NODES, PODS, STATEFUL_SETS
from stsview.simulator.apiserver.selectors import matches_selector, parse, selector_text

LABELS = {"app": "zk", "tier": "db", "gen": "7"}
OBJECT = {
    "metadata": {"name": "zk-0", "namespace": "prod", "labels": LABELS},
    "spec": {"nodeName": "n1"},
    "status": {"phase": "Running"},
}


@pytest.mark.parametrize(
    ("selector", "matches"),
    [
        ("app=zk", True),
        ("app==zk", True),
        ("app=kafka", False),
        ("app!=kafka", True),
        ("other!=x", True),
        ("app", True),
        ("other", False),
        ("!other", True),
        ("!app", False),
        ("app in (kafka, zk)", True),
        ("app notin (kafka,zk)", False),
        ("other notin (x)", True),
        ("gen>6", True),
        ("gen<7", False),
        ("app=zk,tier in (db),!other", True),
        ("app=zk,tier=web", False),
        ("app=", False),
        (" app = zk , tier = db ", True),
    ],
)
def test_label_selectors(selector: str, matches: bool) -> None:
    predicate = parse(PODS, selector, "")
    assert predicate is not None
    assert predicate(OBJECT) is matches


@pytest.mark.parametrize(
    ("selector", "matches"),
    [
        ("metadata.name=zk-0", True),
        ("metadata.namespace=prod,spec.nodeName=n1", True),
        ("spec.nodeName!=n1", False),
        ("status.phase==Running", True),
        ("status.podIP=", True),
    ],
)
def test_field_selectors(selector: str, matches: bool) -> None:
    predicate = parse(PODS, "", selector)
    assert predicate is not None
    assert predicate(OBJECT) is matches


def test_events_are_selected_by_their_object() -> None:
    event = {"metadata": {"name": "e"}, "involvedObject": {"kind": "Pod", "uid": "u"}, "source": {"component": "c"}}
    predicate = parse(EVENTS, "", "involvedObject.kind=Pod,involvedObject.uid=u,source=c")
    assert predicate is not None
    assert predicate(event)


def test_an_absent_boolean_counts_as_false() -> None:
    predicate = parse(NODES, "", "spec.unschedulable=false")
    assert predicate is not None
    assert predicate({"metadata": {"name": "n"}, "spec": {}})
    assert not predicate({"metadata": {"name": "n"}, "spec": {"unschedulable": True}})


def test_an_empty_selector_is_none() -> None:
    assert parse(PODS, "", "") is None


@pytest.mark.parametrize("selector", ["a=b=c", "in (x)", "app in x", "=x", "app in (x", "a>b"])
def test_invalid_selectors_are_refused(selector: str) -> None:
    with pytest.raises(ApiError) as refused:
        parse(PODS, selector, "")
    assert refused.value.code == 400


def test_an_unsupported_field_is_named_in_the_error() -> None:
    with pytest.raises(ApiError, match=r"field label not supported: spec\.replicas") as refused:
        parse(STATEFUL_SETS, "", "spec.replicas=3")
    assert refused.value.code == 400


@given(st.text(alphabet="ab=!,() in<>\t", max_size=20))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    predicate = None
    with contextlib.suppress(ApiError):
        predicate = parse(PODS, text, "")
    assert predicate is None or predicate(OBJECT) in (True, False)


@pytest.mark.parametrize(
    ("selector", "matches", "text"),
    [
        ({}, True, ""),
        ({"matchLabels": {"tier": "db", "app": "zk"}}, True, "app=zk,tier=db"),
        ({"matchExpressions": [{"key": "app", "operator": "In", "values": ["zk", "a"]}]}, True, "app in (a,zk)"),
        ({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["zk"]}]}, False, "app notin (zk)"),
        ({"matchExpressions": [{"key": "x", "operator": "DoesNotExist"}]}, True, "!x"),
        ({"matchExpressions": [{"key": "x", "operator": "Exists"}]}, False, "x"),
    ],
)
def test_selectors_of_objects(selector: dict[str, object], matches: bool, text: str) -> None:
    assert matches_selector(selector, LABELS) is matches
    assert selector_text(selector) == text


def test_a_missing_selector_matches_nothing() -> None:
    assert not matches_selector(None, LABELS)
