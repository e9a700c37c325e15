"""Situations that operators reported: lists of objects, and what stsview says about them."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import msgspec

from stsview.model.cache.coverage import Coverage, KindCoverage
from stsview.model.cache.set_objects import SetObjects
from stsview.model.settings import ModelSettings
from stsview.model.store import Store
from stsview.model.views import SetView
from stsview.objects.event import Event
from stsview.objects.kinds import ENDPOINT_SLICES, EVENTS, LEASES, NAMED_PODS, PODS, WATCHED, Kind, KubernetesObject
from stsview.objects.meta import Key, decode
from stsview.objects.stream_messages import Applied, Batch
from stsview.triage.catalogue import examine
from tests.support.paths import REPORTS

_WATCHED_FOR = timedelta(hours=1)
"""How long the objects have been as they are when a report is judged: what no object records counts from then."""

_TIME = re.compile(r'(?<!"deletionTimestamp": )"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)"')
_LABELLED = {PODS: "statefulset.kubernetes.io/pod-name", ENDPOINT_SLICES: "service.kubernetes.io/headless"}
_BY_KIND = {(kind.api_version, kind.name): kind for kind in (*WATCHED, LEASES)}


class Report:
    """One file of reported objects, applied to a store as the reflectors would.

    Watched for an hour, unless `watched` is false: then with the grace times of `stsview check --from`.
    """

    def __init__(self, name: str, *, watched: bool = True) -> None:
        self.name = name
        text = (REPORTS / f"{name}.json").read_text()
        self.now = max(datetime.fromisoformat(time) for time in _TIME.findall(text))
        """The newest time in the file; a deletionTimestamp is a deadline, which may be in the future."""
        self.items: list[dict[str, Any]] = msgspec.json.decode(text)["items"]
        settings = ModelSettings() if watched else ModelSettings(observe_grace=0, act_grace=0, sighting_grace=0)
        self.store = Store(settings, examine)
        objects: dict[Kind, list[KubernetesObject]] = defaultdict(list)
        for item in self.items:
            kind = _BY_KIND.get((item["apiVersion"], item["kind"]))
            if kind is None:
                continue
            one = decode(msgspec.json.encode(item), kind.decoder)
            watched = _selected(kind, one)
            if watched or kind is PODS:
                objects[kind if watched else NAMED_PODS].append(one)
        began = self.now - _WATCHED_FOR if watched else self.now
        for kind in WATCHED:
            self.store.cover(kind, "", KindCoverage(Coverage.COMPLETE))
            self._apply(kind, objects[kind], began)
        at: datetime | None = began
        while at is not None and at < self.now:
            self.store.refresh(at)
            at = self.store.next_change
        self.store.refresh(self.now)
        # Both are read by name only, once a view asks for them.
        self.store.cover(LEASES, "", KindCoverage(Coverage.COMPLETE))
        suspects = self.store.suspects
        looked_twice = self.now - timedelta(seconds=settings.act_grace)
        self._apply(LEASES, [one for one in objects[LEASES] if one.metadata.name in suspects], looked_twice)
        sought = self.store.sought
        self._apply(NAMED_PODS, [one for one in objects[NAMED_PODS] if one.metadata.key in sought], self.now)
        self.store.refresh(self.now)

    def view(self, name: str = "") -> SetView:
        """The view of the set with this name; without one, of the only set."""
        sets = self.store.fleet.sets
        if name:
            return next(view for key, view in sets.items() if key.name == name)
        (view,) = sets.values()
        return view

    def objects(self, view: SetView) -> SetObjects:
        found = self.store.objects_of(view.key)
        assert found is not None
        return found

    @property
    def keys(self) -> list[Key]:
        return list(self.store.fleet.sets)

    def _apply(self, kind: Kind, objects: list[KubernetesObject], now: datetime) -> None:
        self.store.apply(Batch(kind, tuple(Applied(one) for one in objects), replace=True), now)


@cache
def report(name: str, *, watched: bool = True) -> Report:
    """The report in this file, evaluated once."""
    return Report(name, watched=watched)


def names() -> list[str]:
    """Names of all reports."""
    return sorted(path.stem for path in REPORTS.glob("*.json"))


def _selected(kind: Kind, one: KubernetesObject) -> bool:
    if kind is EVENTS:
        return isinstance(one, Event) and one.warning
    return _LABELLED.get(kind, "") in ("", *getattr(one.metadata, "labels", {}))
