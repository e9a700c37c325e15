"""Objects that exist but cannot be decoded, and so must not count as missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from stsview.model.cache.coverage import Coverage, KindCoverage
from stsview.model.names import listed, parent_key
from stsview.objects.kinds import CLAIMS, PODS, Kind
from stsview.objects.meta import Key


def affected_key(kind: Kind, key: Key) -> Key:
    """Key for the lookup by affected sets: of pods and claims without the ordinal."""
    return (parent_key(key) if kind in (PODS, CLAIMS) else None) or key


class UndecodableObjects:
    """Undecodable objects by affected key, per namespace with a stream (empty: all)."""

    def __init__(self) -> None:
        self._names: dict[tuple[str, str], Mapping[Key, list[str]]] = {}
        self._some = False

    def __bool__(self) -> bool:
        return self._some

    def update(self, kind: Kind, namespace: str, coverage: KindCoverage | None) -> None:
        """Record what is known of a kind in a namespace; None: it is no longer read there."""
        if coverage is None:
            self._names.pop((kind.name, namespace), None)
        else:
            names: dict[Key, list[str]] = {}
            for key in sorted(coverage.malformed):
                names.setdefault(affected_key(kind, key), []).append(key.name)
            self._names[kind.name, namespace] = names
        self._some = any(self._names.values())

    def coverage_for(self, kind: Kind, namespace: str, coverage: KindCoverage, keys: Iterable[Key]) -> KindCoverage:
        """The coverage of a kind for a set that depends only on the objects under `keys`."""
        in_all = self._names.get((kind.name, ""), {})
        held = self._names.get((kind.name, namespace), in_all)
        names = [name for key in keys for name in held.get(key, ())]
        if not names or not coverage.complete:
            return coverage
        return KindCoverage(Coverage.LOADING, f"{kind.name} {listed(names)} cannot be decoded")
