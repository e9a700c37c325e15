"""Objects that are there and cannot be decoded: nobody may take them for missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from stsview.model.cache.coverage import Coverage, KindCoverage
from stsview.model.names import listed, parent_key
from stsview.objects.kinds import CLAIMS, PODS, Kind
from stsview.objects.meta import Key


def concern(kind: Kind, key: Key) -> Key:
    """Under which key those look for an object that it matters to: pods and claims have a set's name in theirs."""
    return (parent_key(key) if kind in (PODS, CLAIMS) else None) or key


class UndecodableObjects:
    """Finds them by what they matter to, in the namespaces (empty: all at once) that are read by themselves."""

    def __init__(self) -> None:
        self._names: dict[tuple[str, str], Mapping[Key, list[str]]] = {}
        self._some = False

    def __bool__(self) -> bool:
        return self._some

    def note(self, kind: Kind, namespace: str, coverage: KindCoverage | None) -> None:
        """Take in what is known of a kind there; None: nothing is read there any more."""
        if coverage is None:
            self._names.pop((kind.name, namespace), None)
        else:
            names: dict[Key, list[str]] = {}
            for key in sorted(coverage.malformed):
                names.setdefault(concern(kind, key), []).append(key.name)
            self._names[kind.name, namespace] = names
        self._some = any(self._names.values())

    def seen_by(self, kind: Kind, namespace: str, coverage: KindCoverage, keys: Iterable[Key]) -> KindCoverage:
        """How much of a kind is known to somebody to whom only what is found under `keys` matters."""
        in_all = self._names.get((kind.name, ""), {})
        held = self._names.get((kind.name, namespace), in_all)
        names = [name for key in keys for name in held.get(key, ())]
        if not names or not coverage.complete:
            return coverage
        return KindCoverage(Coverage.LOADING, f"{kind.name} {listed(names)} cannot be understood")
