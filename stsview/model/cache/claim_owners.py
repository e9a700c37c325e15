"""The sets that a claim belongs to."""

from __future__ import annotations

from collections.abc import Iterator

from stsview.model.cache.index_functions import mounted_claims
from stsview.model.cache.indexer import Indexer
from stsview.model.names import parent_and_ordinal, pod_name
from stsview.objects.meta import Key
from stsview.objects.pod import Pod
from stsview.objects.statefulset import StatefulSet


def sets_of_claim(claim: Key, sets: Indexer[StatefulSet], *pods: Indexer[Pod]) -> list[Key]:
    """Keys of the sets that have a claim by its name, or whose pods mount it.

    `sets` must have the index `base`, `pods` the index `claim` of otherwise named claims.
    """
    namespace = claim.namespace
    parsed = parent_and_ordinal(claim.name)
    found = {} if parsed is None else dict.fromkeys(sets.names_by("base", namespace, parsed[0]))
    for indexer in pods:
        for name in indexer.names_by("claim", namespace, claim.name):
            of_pod = parent_and_ordinal(name)
            if of_pod is not None:
                found[of_pod[0]] = None
    if parsed is not None:
        base, ordinal = parsed
        known = sets.names(namespace)
        for owner in _ends(base):
            if owner in known and owner not in found:
                at = Key(namespace, pod_name(owner, ordinal))
                held = (indexer.get(at) for indexer in pods)
                if any(claim.name in mounted_claims(pod) for pod in held if pod is not None):
                    found[owner] = None
    return [key for name in found if (key := Key(namespace, name)) in sets]


def _ends(base: str) -> Iterator[str]:
    """Of which sets the base of a claim may tell: those of `data-my-web` are `my-web` and `web`."""
    position = base.find("-")
    while position >= 0:
        yield base[position + 1 :]
        position = base.find("-", position + 1)
