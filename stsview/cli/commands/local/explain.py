"""`stsview explain [RULE]`: the rules, or one rule in full."""

from __future__ import annotations

import argparse

from stsview.cli.output.console import LEVEL_STYLES, Console
from stsview.cli.support.errors import fail
from stsview.nearest import did_you_mean
from stsview.program_name import as_started, program_name
from stsview.triage.catalogue import BY_ID, CATALOGUE, find_rule
from stsview.triage.rule import Rule


def run(arguments: argparse.Namespace) -> int:
    """Print one rule, or a line for each; returns 0, or 2 for an unknown rule."""
    console = Console()
    if arguments.rule is None:
        widest = max(len(rule.id) for rule in CATALOGUE)
        for rule in sorted(CATALOGUE, key=lambda rule: (-rule.level, rule.id)):
            console.line(
                (rule.level.name.lower().ljust(9), LEVEL_STYLES[rule.level]), rule.id.ljust(widest + 2), rule.title
            )
        return 0
    found = find_rule(arguments.rule)
    if found is None:
        hint = did_you_mean(arguments.rule, BY_ID) or f"; list all with `{program_name()} explain`"
        return fail(f"unknown rule {arguments.rule!r}{hint}")
    _print(found, console)
    return 0


def _print(rule: Rule, console: Console) -> None:
    console.line((rule.id, "bold"), "   ", (rule.level.name.lower(), LEVEL_STYLES[rule.level]))
    console.line(rule.title)
    for label, text in (
        ("meaning", as_started(rule.meaning)),
        ("remedy", as_started(rule.remedy)),
        ("risk", rule.danger.label),
        ("source", rule.source),
    ):
        console.line((label.ljust(9), "dim"), text)
