"""The filter of the findings."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeAlias

from stsview.model.finding import Finding, Level
from stsview.model.views import OrdinalView, SetView
from stsview.ui.kit.filters.language import Choice, Language, Qualifier, Query
from stsview.ui.kit.filters.sets import set_qualifiers


class FindingOfSet(NamedTuple):
    """What the filter is matched against."""

    view: SetView
    finding: Finding


FindingFilter: TypeAlias = Query[FindingOfSet]

LEVELS = {"error": Level.ERROR, "warning": Level.WARNING, "notice": Level.NOTICE}


def _of_level(level: Level) -> Callable[[FindingOfSet], bool]:
    return lambda row: row.finding.level is level


def _texts(row: FindingOfSet) -> tuple[str, ...]:
    finding = row.finding
    return (str(row.view.key), finding.rule, finding.headline, *(below.headline for below in finding.below))


def _ordinals(row: FindingOfSet) -> Iterable[OrdinalView]:
    """The ordinals that a finding is about; all of the set where it names none."""
    named = row.finding.ordinals
    return (one for one in row.view.ordinals if one.ordinal in named) if named else row.view.ordinals


LANGUAGE: Language[FindingOfSet] = Language(
    _texts,
    (
        *set_qualifiers(lambda row: row.view, _ordinals),
        Choice(("is",), {word: _of_level(level) for word, level in LEVELS.items()}),
        Qualifier(("rule",), lambda row: (row.finding.rule,)),
    ),
    lambda row: row.view.labels,
)
