"""What resumes a recreation, from how the set looks now."""

from __future__ import annotations

from stsview.actions.intents import Intent, Recreate, ResumeRecreate
from stsview.actions.operations.recreate.journal import Unfinished
from stsview.model.views import SetView, WaitReason


def intent_to_resume(view: SetView, begun: Unfinished | None, *, put_back: bool = False) -> Intent | None:
    """The intent that resumes a recreation, or creates a set that is gone; None where there is nothing to resume.

    A set that was not deleted yet is recreated from the start, with the same changes.
    """
    if view.gone:
        return ResumeRecreate(view.key, "", put_back=put_back)
    if begun is None:
        return None
    untouched = begun.journal.uid == view.uid and view.wait.reason is not WaitReason.DELETING
    if untouched and not put_back:
        return Recreate(view.key, view.uid, changes=begun.journal.changes)
    return ResumeRecreate(view.key, begun.journal.uid, put_back=put_back)
