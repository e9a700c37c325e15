"""`stsview explain [RULE]`: the catalogue of rules."""

from __future__ import annotations

import argparse
import difflib

from stsview.cli.output.console import DANGER_WORDS, LEVEL_STYLES, Console
from stsview.cli.support.refuse import refuse
from stsview.triage.catalogue import BY_ID, CATALOGUE, find_rule
from stsview.triage.rule import Rule


def run(arguments: argparse.Namespace) -> int:
    """Print one rule, or a line for each; returns the exit code."""
    console = Console()
    if arguments.rule is None:
        widest = max(len(rule.id) for rule in CATALOGUE)
        for rule in sorted(CATALOGUE, key=lambda rule: (-rule.level, rule.id)):
            console.line(
                (rule.level.name.lower().ljust(9), LEVEL_STYLES[rule.level]), rule.id.ljust(widest + 2), rule.title
            )
        return 0
    named = find_rule(arguments.rule)
    if named is None:
        close = difflib.get_close_matches(arguments.rule, BY_ID, 1)
        hint = f"; did you mean {close[0]}?" if close else "; `stsview explain` lists them"
        return refuse(f"there is no rule {arguments.rule!r}{hint}")
    _print(named, console)
    return 0


def _print(rule: Rule, console: Console) -> None:
    console.line((rule.id, "bold"), "   ", (rule.level.name.lower(), LEVEL_STYLES[rule.level]))
    console.line(rule.title)
    for heading, words in (
        ("means", rule.meaning),
        ("do", rule.remedy),
        ("danger", f"{rule.danger.value}, {DANGER_WORDS[rule.danger]}"),
        ("source", rule.source),
    ):
        console.line((f"\n{heading.ljust(9)}".strip("\n"), "dim"), words)
