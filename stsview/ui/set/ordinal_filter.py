"""The filter of the ordinals of a set."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from stsview.model.views import OrdinalView
from stsview.ui.kit.filters.language import Choice, Language, Qualifier, Query

OrdinalFilter: TypeAlias = Query[OrdinalView]

_IS: dict[str, Callable[[OrdinalView], bool]] = {
    "problem": lambda ordinal: not ordinal.well,
    "broken": lambda ordinal: ordinal.broken,
    "missing": lambda ordinal: ordinal.missing,
    "terminating": lambda ordinal: ordinal.terminating,
    "outdated": lambda ordinal: ordinal.outdated,
    "surplus": lambda ordinal: ordinal.surplus,
    "next": lambda ordinal: ordinal.next,
}

_READY: dict[str, Callable[[OrdinalView], bool]] = {
    "yes": lambda ordinal: ordinal.ready,
    "no": lambda ordinal: not ordinal.ready,
}


def _texts(ordinal: OrdinalView) -> tuple[str, ...]:
    state = ordinal.state
    return (
        ordinal.name,
        state.label,
        state.detail,
        ordinal.place.value if not ordinal.expected else "",
        ordinal.node,
        ordinal.node_state.zone,
        ordinal.role,
        ordinal.pod_ip,
        *(text for claim in ordinal.all_claims for text in (claim.name, claim.status.label, claim.volume)),
    )


LANGUAGE: Language[OrdinalView] = Language(
    _texts,
    (
        Choice(("is",), _IS),
        Qualifier(("state",), lambda ordinal: (ordinal.state.label, ordinal.state.health.value)),
        Qualifier(("node",), lambda ordinal: (ordinal.node,)),
        Qualifier(("zone",), lambda ordinal: (ordinal.node_state.zone,)),
        Qualifier(("rev", "revision"), lambda ordinal: (ordinal.revision, ordinal.revision.rpartition("-")[2])),
        Qualifier(
            ("pvc", "claim"),
            lambda ordinal: (text for claim in ordinal.all_claims for text in (claim.name, claim.status.label)),
        ),
        Qualifier(
            ("class",), lambda ordinal: (claim.storage_class or claim.class_state.name for claim in ordinal.all_claims)
        ),
        Qualifier(("role",), lambda ordinal: (ordinal.role,)),
        Choice(("ready",), _READY),
    ),
)
