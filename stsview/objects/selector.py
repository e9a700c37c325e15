"""Label selectors as written on a command line."""

from __future__ import annotations

import re

from stsview.objects.meta import LabelSelector, LabelSelectorRequirement

_PART = re.compile(r"(?:[^,(]|\([^)]*\))+")
_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._/-]*[A-Za-z0-9])?"
_VALUE = r"[A-Za-z0-9._-]*"
_EXISTS = re.compile(rf"(!?)\s*({_NAME})")
_EQUALS = re.compile(rf"({_NAME})\s*(==|=|!=)\s*({_VALUE})")
_AMONG = re.compile(rf"({_NAME})\s+(in|notin)\s*\(([^()]*)\)")


def parse_selector(text: str) -> LabelSelector:
    """Parse `app=web,tier!=test,zone in (a,b),!draft`, as kubectl's -l does.

    The empty text selects everything.

    Raises ValueError with a one-line message. Grammar: documentation, "Labels and Selectors"; as there, `!=` and
    `notin` match objects without that label.
    """
    requirements: list[LabelSelectorRequirement] = []
    for part in _PART.findall(text):
        requirement = _requirement(part.strip())
        if requirement is None:
            raise ValueError(f"invalid selector {part.strip()!r}; write it as app=web,tier!=test")
        requirements.append(requirement)
    if _PART.sub("", text).replace(",", "").strip() or (text.strip() and len(requirements) != text_parts(text)):
        raise ValueError(f"invalid selector {text!r}; write it as app=web,tier!=test")
    return LabelSelector(match_expressions=tuple(requirements))


def text_parts(text: str) -> int:
    """The number of requirements: commas outside brackets separate them."""
    return len(re.sub(r"\([^)]*\)", "", text).split(","))


def _requirement(part: str) -> LabelSelectorRequirement | None:
    if match := _AMONG.fullmatch(part):
        values = tuple(value.strip() for value in match[3].split(","))
        return LabelSelectorRequirement(key=match[1], operator="In" if match[2] == "in" else "NotIn", values=values)
    if match := _EQUALS.fullmatch(part):
        return LabelSelectorRequirement(
            key=match[1], operator="NotIn" if match[2] == "!=" else "In", values=(match[3],)
        )
    if match := _EXISTS.fullmatch(part):
        return LabelSelectorRequirement(key=match[2], operator="DoesNotExist" if match[1] else "Exists")
    return None
