"""The page of rules follows the catalogue."""

from __future__ import annotations

import re
from pathlib import Path

from stsview.triage.catalogue import CATALOGUE
from stsview.triage.rules_page import page

PAGE = Path(__file__).parents[2] / "docs" / "rules.md"


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "docs/rules.md is not current: renew it with `make docs`"


def test_every_rule_has_its_section_and_a_line_in_the_index() -> None:
    text = page()
    for rule in CATALOGUE:
        assert text.count(f"\n### {rule.id}\n") == 1
        assert f"](#{rule.id}) | {rule.title} |" in text


def test_sources_are_links() -> None:
    text = page()
    assert "<https://kubernetes.io/docs/" in text
    assert "[KEP-961](https://kep.k8s.io/961)" in text
    assert "](https://github.com/kubernetes/kubernetes/tree/master/pkg/controller/statefulset/stateful_set.go)" in text
    assert "external-provisioner, pkg/controller/controller.go" in text, "a path of another project is no link"
    assert not re.search(r"<[^>]*[;,]>", text), "no link ends with punctuation"
