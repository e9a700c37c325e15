"""Qualifiers of a set, the same for the fleet and for findings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from stsview.model.views import OrdinalView, SetView
from stsview.ui.kit.filters.language import Qualifier

T = TypeVar("T")


def set_qualifiers(
    view_of: Callable[[T], SetView], ordinals_of: Callable[[T], Iterable[OrdinalView]]
) -> tuple[Qualifier[T], ...]:
    """`ns:`, `node:`, `zone:`, `image:`, `class:` and `owner:` for rows about a set, or about some of its ordinals."""
    return (
        Qualifier(("ns", "namespace"), lambda row: (view_of(row).namespace,)),
        Qualifier(("node",), lambda row: (one.node for one in ordinals_of(row) if one.node)),
        Qualifier(("zone",), lambda row: (one.node_state.zone for one in ordinals_of(row) if one.node_state.zone)),
        Qualifier(("image",), lambda row: view_of(row).images, anywhere=True),
        Qualifier(("class",), lambda row: _classes(ordinals_of(row))),
        Qualifier(("owner",), lambda row: _owners(view_of(row)), anywhere=True),
    )


def _classes(ordinals: Iterable[OrdinalView]) -> Iterator[str]:
    """The StorageClasses of PVCs, the default one included."""
    for ordinal in ordinals:
        for claim in ordinal.all_claims:
            if name := claim.storage_class or claim.class_state.name:
                yield name


def _owners(view: SetView) -> Iterator[str]:
    """Who else writes the set, and the field manager that last changed its template."""
    for writer in view.writers:
        yield f"{writer.kind} {writer.name}".strip()
    if view.rollout.manager:
        yield view.rollout.manager
