"""Findings that an annotation or the configuration acknowledges."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from stsview.model.cache.set_objects import SetObjects
from stsview.model.finding import Level
from stsview.model.settings import Acknowledgement, ModelSettings
from stsview.model.views import Severity
from stsview.triage.acknowledgement import ANNOTATION
from tests.support.model.build import START, around, claim, pod, service, stateful_set
from tests.support.triage.judge import judged


def unnamed(value: str = "", governing: Any = None) -> SetObjects:
    """A set whose Service is missing or wrong."""
    return around(stateful_set(1, annotations={ANNOTATION: value}), [pod(0)], service=governing, slices=())


@pytest.mark.parametrize("value", ["service-missing", " other-rule , service-missing ,"])
def test_a_finding_that_the_set_acknowledges(value: str) -> None:
    assert judged(unnamed(), 90).severity is Severity.AT_RISK
    view = judged(unnamed(value), 90)
    (finding,) = view.findings
    assert (finding.rule, finding.level, finding.acknowledged) == ("service-missing", Level.NOTICE, True)
    assert finding.headline == "Service web is missing (acknowledged)"
    assert view.severity is Severity.HEALTHY


@pytest.mark.parametrize("value", ["", "service", "service-not-headless"])
def test_other_findings_are_not_acknowledged(value: str) -> None:
    view = judged(unnamed(value), 90)
    assert [one.acknowledged for one in view.findings] == [False]
    assert view.severity is Severity.AT_RISK


def test_former_rule_ids_acknowledge_as_well() -> None:
    stateful = stateful_set(1, service="", annotations={ANNOTATION: "no-service-named"})
    view = judged(around(stateful, [pod(0)], service=None, selecting=(service("web-hl"),)), 90)
    assert [(one.rule, one.acknowledged) for one in view.findings] == [("service-name-unset", True)]


def test_an_annotation_of_the_object_is_about_that_object_only() -> None:
    governing = service(cluster_ip="10.1.2.3")
    metadata = replace(governing.metadata, annotations={ANNOTATION: "service-not-headless,claim-lost"})
    (finding,) = judged(unnamed(governing=replace(governing, metadata=metadata)), 90).findings
    assert finding.acknowledged
    claims = [
        claim("data-web-0", phase="Lost", annotations={ANNOTATION: "claim-lost"}),
        claim("data-web-1", phase="Lost"),
    ]
    view = judged(around(stateful_set(2), [pod(0), pod(1)], claims=claims), 90)
    assert {one.object.name: one.acknowledged for one in view.findings} == {"data-web-0": True, "data-web-1": False}


def configured(*entries: Acknowledgement, context: str = "prod-1") -> ModelSettings:
    return ModelSettings(acknowledgements=entries).in_context(context)


@pytest.mark.parametrize(
    "entry",
    [
        Acknowledgement("service-missing"),
        Acknowledgement("service-missing", "default"),
        Acknowledgement("service-missing", "*/we*", "prod-*"),
    ],
)
def test_the_configuration_acknowledges_findings(entry: Acknowledgement) -> None:
    view = judged(unnamed(), 90, settings=configured(replace(entry, reason="nothing looks it up")))
    (finding,) = view.findings
    assert (finding.level, finding.acknowledged, view.severity) == (Level.NOTICE, True, Severity.HEALTHY)
    assert finding.evidence[-1].value == "nothing looks it up"


@pytest.mark.parametrize(
    "entry",
    [
        Acknowledgement("service-missing", "defaul"),
        Acknowledgement("service-missing", "web"),
        Acknowledgement("service-missing", "default/web-1"),
        Acknowledgement("service-missing", "default/web", "staging"),
        Acknowledgement("claim-lost"),
    ],
)
def test_entries_about_something_else_acknowledge_nothing(entry: Acknowledgement) -> None:
    view = judged(unnamed(), 90, settings=configured(entry))
    assert [one.acknowledged for one in view.findings] == [False]


def test_an_entry_holds_until_the_end_of_its_last_day() -> None:
    last = Acknowledgement("service-missing", reason="a move", until=START.date())
    (finding,) = judged(unnamed(), 90, settings=configured(last)).findings
    assert finding.headline == f"Service web is missing (acknowledged until {START.date()}: a move)"
    past = START.date() - timedelta(days=1)
    (finding,) = judged(unnamed(), 90, settings=configured(replace(last, until=past))).findings
    assert (finding.level, finding.acknowledged) == (Level.WARNING, False)
    assert finding.headline == f"Service web is missing (acknowledgement expired {past})"
    assert finding.evidence[-1].value == f"a move, until {past}"
