"""`stsview explain`: the rules, and one rule in full."""

from __future__ import annotations

import argparse

import pytest

from stsview.cli.commands.local import explain
from stsview.triage.catalogue import BY_ID, CATALOGUE


def test_all_rules_are_listed_and_each_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert explain.run(argparse.Namespace(rule=None)) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(CATALOGUE) == len(BY_ID)
    for rule in CATALOGUE:
        assert explain.run(argparse.Namespace(rule=rule.id)) == 0
        printed = capsys.readouterr().out
        assert rule.title in printed
        assert rule.source in printed


def test_an_unknown_rule_gets_a_suggestion(capsys: pytest.CaptureFixture[str]) -> None:
    assert explain.run(argparse.Namespace(rule="set-stuk")) == 2
    assert capsys.readouterr().err == "stsview: unknown rule 'set-stuk'; did you mean set-stuck?\n"
    assert explain.run(argparse.Namespace(rule="x")) == 2
    assert capsys.readouterr().err == "stsview: unknown rule 'x'; list all with `stsview explain`\n"


def test_the_risk_is_in_words_without_its_number(capsys: pytest.CaptureFixture[str]) -> None:
    for rule in CATALOGUE:
        explain.run(argparse.Namespace(rule=rule.id))
        (risk,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("risk ")]
        assert risk.split(maxsplit=1)[1] in ("read-only", "reversible", "disruptive", "data-loss risk")


def test_a_former_rule_id_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert explain.run(argparse.Namespace(rule="held-up")) == 0
    assert capsys.readouterr().out.startswith("set-stuck ")
