"""What changed in the cluster after a plan was made or confirmed.

One text for each kind of change.
"""

from __future__ import annotations

from stsview.model.names import short_revision
from stsview.model.views import SetView


def no_longer_exists(what: str) -> str:
    """`what`: kind and name."""
    return f"{what} no longer exists"


def recreated(name: str) -> str:
    """Another object has the name now."""
    return f"{name} was deleted and recreated (uid changed)"


def being_deleted(name: str) -> str:
    return f"{name} is being deleted"


def set_missing(view: SetView | None) -> str:
    """The set that was acted on is not there.

    Nothing has its name (`view` is None or of a set that is gone), or another set has.
    """
    return no_longer_exists("the StatefulSet") if view is None or view.gone else recreated(view.name)


def template_changed(update_revision: str, set_name: str) -> str:
    """`update_revision`: the name of the one that there is now."""
    now = short_revision(update_revision, set_name) or "none"
    return f"the pod template was changed meanwhile: the update revision is now {now}"


def partition_changed(partition: int | str) -> str:
    return f"the partition was set to {partition} meanwhile"


def replicas_changed(replicas: int) -> str:
    return f"the replicas were set to {replicas} meanwhile"
