"""Qualifiers of a set, the same for the fleet and for findings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from stsview.model.packed_ordinals import whereabouts
from stsview.model.views import OrdinalView, SetView
from stsview.objects.meta import cluster_of
from stsview.ui.kit.filters.language import Qualifier

T = TypeVar("T")


def set_qualifiers(
    view_of: Callable[[T], SetView], ordinals_of: Callable[[T], Iterable[OrdinalView]]
) -> tuple[Qualifier[T], ...]:
    """Qualifiers such as `ns:` and `node:`, for rows about a set, or about some of its ordinals."""
    return (
        Qualifier(("ns", "namespace"), lambda row: (view_of(row).namespace,)),
        Qualifier(("cluster", "context"), lambda row: (cluster_of(view_of(row).key),)),
        Qualifier(("node",), lambda row: whereabouts(ordinals_of(row)).nodes),
        Qualifier(("zone",), lambda row: whereabouts(ordinals_of(row)).zones),
        Qualifier(("image",), lambda row: view_of(row).images, anywhere=True),
        Qualifier(("class",), lambda row: whereabouts(ordinals_of(row)).classes),
        Qualifier(("owner",), lambda row: _owners(view_of(row)), anywhere=True),
    )


def _owners(view: SetView) -> Iterator[str]:
    """Who else writes the set, and the field manager that last changed its template."""
    for writer in view.writers:
        yield f"{writer.kind} {writer.name}".strip()
    if view.rollout.manager:
        yield view.rollout.manager
