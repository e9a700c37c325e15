"""Why objects of a kind are not known."""

from __future__ import annotations

from stsview.model.coverage import Coverage
from stsview.model.objects_of_set import SetObjects
from stsview.objects.kinds import Kind


def hidden(kind: Kind, objects: SetObjects, *, found: bool) -> str:
    """One sentence on why nobody can say anything about an object of `kind`; empty where one was `found`, or where
    its absence means something."""
    covered = objects.covered(kind)
    if covered.complete:
        return ""
    if covered.coverage is Coverage.LOADING:
        return "" if found else covered.reason or f"{kind.resource} are still being read"
    return covered.reason or f"{kind.resource} cannot be read"
