"""Kubernetes objects as YAML that reads back unchanged."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml

try:
    from yaml import CSafeDumper as _SafeDumper
except ImportError:  # PyYAML without libyaml: the same, ten times slower
    from yaml import SafeDumper as _SafeDumper  # type: ignore[assignment]

_WIDEST = 1 << 30
"""Effectively unlimited: display code wraps lines."""

_EXPONENT = re.compile(r"[-+]?\d[\d.]*[eE][-+]?\d+$")


class _Dumper(_SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    # In YAML 1.1, which PyYAML writes, `1e3` is text; Kubernetes reads it as a number.
    style = "|" if "\n" in text else '"' if _EXPONENT.match(text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def plain_yaml(document: Mapping[str, Any]) -> str:
    """A document as YAML, keys in their order, lines not wrapped.

    May take a second for several megabytes.
    """
    text: str = yaml.dump(
        document, Dumper=_Dumper, sort_keys=False, default_flow_style=False, allow_unicode=True, width=_WIDEST
    )
    return text
