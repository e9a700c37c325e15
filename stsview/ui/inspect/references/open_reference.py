"""Choosing one of the objects that a set names."""

from __future__ import annotations

from textual.screen import Screen

from stsview.live.errors import CannotRead
from stsview.live.on_demand import ObjectReader
from stsview.model.states import Health
from stsview.objects.kinds import STATEFULSETS
from stsview.objects.meta import Key
from stsview.ui.inspect.inspect_target import ObjectRef
from stsview.ui.inspect.references.referenced_objects import referenced, references_of
from stsview.ui.inspect.references.references_requested import Reference
from stsview.ui.kit.choosers.chooser import Choice, Chooser
from stsview.ui.kit.toast import toast


async def choose_reference(
    screen: Screen[object], reading: ObjectReader, key: Key, reference: Reference
) -> ObjectRef | None:
    """The one object of this sort that a set names, or the one that is chosen of several.

    None if there is none, which is said, or none is chosen.
    """
    try:
        document = await reading.get_object(STATEFULSETS, key)
    except CannotRead as error:
        toast(screen, str(error), health=Health.WARNING)
        return None
    refs = references_of(referenced(document, key.namespace), reference)
    if not refs:
        toast(screen, f"{key} {reference.missing}")
    if len(refs) < 2:
        return refs[0] if refs else None
    choices = [Choice(str(place), ref.key.name, ref.state) for place, ref in enumerate(refs)]
    chosen = await screen.app.push_screen_wait(Chooser(f"{reference.value} of {key}", choices))
    return refs[int(chosen[0])] if chosen else None
