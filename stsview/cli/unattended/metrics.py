"""The state of a cluster as Prometheus metrics, made for each scrape: what is no more has no series."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from stsview import __version__
from stsview.cli.unattended.observer import FindingObserver
from stsview.live.live import Live
from stsview.live.snapshot import CURRENT, Link, Snapshot
from stsview.model.finding import Finding
from stsview.model.views import SetView, Severity, WaitReason
from stsview.objects.kinds import WATCHED
from stsview.objects.meta import Key

MOST_FINDING_SERIES = 10_000
"""The least severe findings beyond that have no series, and are counted."""

_SET = ("namespace", "statefulset")

_OVER_BY_DOUBT = frozenset({Severity.HEALTHY, Severity.ROLLING})
"""What is said of a set only while it is known: trouble that was seen last is kept until its end is seen."""


def registry(live: Live, observer: FindingObserver) -> CollectorRegistry:
    """The metrics of a live picture, and of this process."""
    made = CollectorRegistry()
    made.register(ClusterCollector(live, observer))
    ProcessCollector(registry=made)
    return made


class ClusterCollector(Collector):
    """Yields the metrics of the latest snapshot.

    Labels are names of objects, ids of rules, ordinals and members of enums; no text of a finding, and nothing of a
    credential, ever is one.
    """

    def __init__(self, live: Live, observer: FindingObserver) -> None:
        self._live = live
        self._observer = observer

    def describe(self) -> Iterable[Metric]:
        # Otherwise the registry would collect once to learn the names.
        return ()

    def collect(self) -> Iterator[Metric]:
        snapshot = self._live.snapshot
        yield _gauge("stsview_build_info", "Version of stsview.", ("version",), {(__version__,): 1})
        current = self._observer.current and snapshot.health.link in CURRENT and not snapshot.health.blind
        yield _gauge(
            "stsview_picture_current",
            "1 while the picture of the cluster is complete and up to date; while it is 0, nothing here is known to be "
            "well.",
            (),
            {(): int(current)},
        )
        yield from self._connection(snapshot)
        if self._observer.seen:
            yield from self._sets(snapshot, current=current)
            yield from self._findings()
        if current:
            yield from _rollouts(snapshot, self._observer)

    def _connection(self, snapshot: Snapshot) -> Iterator[Metric]:
        if self._observer.seen:
            yield _gauge(
                "stsview_picture_age_seconds",
                "How long ago the oldest part of the picture was known to be up to date.",
                (),
                {(): _age(snapshot, self._live)},
            )
        reconnects = CounterMetricFamily(
            "stsview_watch_reconnects",
            "Watches that were opened again, for each resource; the server ends each one after five to ten minutes.",
            labels=("resource",),
        )
        for kind in WATCHED:
            reconnects.add_metric((kind.resource,), self._live.reconnects[kind.resource])
        yield reconnects
        yield CounterMetricFamily(
            "stsview_picture_losses",
            "How often a picture that was up to date was so no more.",
            value=self._observer.losses,
        )
        yield _gauge(
            "stsview_resource_denied",
            "1 for each resource that stsview may not read, in some namespace at least.",
            ("resource",),
            {(resource,): 1 for resource in snapshot.health.denied},
        )
        yield _gauge(
            "stsview_rule_disabled",
            "1 for each rule that the configuration disables: nothing is known of what it would find.",
            ("rule",),
            {(rule,): 1 for rule in snapshot.disabled_rules},
        )

    def _sets(self, snapshot: Snapshot, *, current: bool) -> Iterator[Metric]:
        counts: Counter[Severity] = Counter()
        not_well: dict[tuple[str, ...], float] = {}
        for key, severity in _severities(snapshot, self._observer, current=current):
            counts[severity] += 1
            if severity is not Severity.HEALTHY:
                not_well[(*key, _name(severity))] = 1
        yield _gauge(
            "stsview_statefulsets",
            "Number of StatefulSets of each severity. Sets that cannot be judged are unknown, as are those that were "
            "well when the picture was lost.",
            ("severity",),
            {(_name(severity),): counts[severity] for severity in Severity},
        )
        yield _gauge(
            "stsview_statefulset_severity",
            "1 for the severity of each StatefulSet that is not healthy.",
            (*_SET, "severity"),
            not_well,
        )

    def _findings(self) -> Iterator[Metric]:
        found = sorted(self._observer.held, key=lambda one: (-one[1].level, one[0]))
        series: Counter[tuple[str, ...]] = Counter()
        omitted = 0
        for key, finding in found:
            for labels in _labels(key, finding):
                if labels in series or len(series) < MOST_FINDING_SERIES:
                    series[labels] += 1
                else:
                    omitted += 1
        yield _gauge(
            "stsview_finding",
            "Number of findings with these labels. The ordinal is empty where a finding is about the whole set. Those "
            "of a set that can no longer be judged stay.",
            (*_SET, "rule", "level", "ordinal"),
            series,
        )
        yield _gauge(
            "stsview_findings_omitted",
            f"Findings without a series: there are at most {MOST_FINDING_SERIES}, the most severe first.",
            (),
            {(): omitted},
        )


def _rollouts(snapshot: Snapshot, observer: FindingObserver) -> Iterator[Metric]:
    """How far the sets are that change, and what the controller waits for; of sets that are known."""
    updated: dict[tuple[str, ...], float] = {}
    expected: dict[tuple[str, ...], float] = {}
    waits: dict[tuple[str, ...], float] = {}
    for key, view in snapshot.fleet.sets.items():
        if view.severity is Severity.UNKNOWN or not observer.is_selected(key):
            continue
        rollout = view.rollout
        if rollout.active or rollout.held:
            updated[(*key,)] = rollout.updated
            expected[(*key,)] = rollout.expected
        if view.wait.reason is not WaitReason.NOTHING:
            ordinal = "" if view.wait.ordinal is None else str(view.wait.ordinal)
            waits[(*key, view.wait.reason.value.replace(" ", "-"), ordinal)] = 1
    yield _gauge(
        "stsview_rollout_updated_pods",
        "Pods at the update revision and available, of each StatefulSet with a rollout in progress, or held by its "
        "partition.",
        _SET,
        updated,
    )
    yield _gauge("stsview_rollout_pods", "How many pods those StatefulSets should have.", _SET, expected)
    yield _gauge(
        "stsview_statefulset_wait",
        "1 for what the controller of each StatefulSet waits for, if anything.",
        (*_SET, "reason", "ordinal"),
        waits,
    )


def _severities(snapshot: Snapshot, observer: FindingObserver, *, current: bool) -> Iterator[tuple[Key, Severity]]:
    sets = snapshot.fleet.sets
    for key, view in sets.items():
        if observer.is_selected(key):
            yield key, _severity(view, current=current)
    for key in observer.unknown:
        if key not in sets:
            yield key, Severity.UNKNOWN


def _severity(view: SetView, *, current: bool) -> Severity:
    return Severity.UNKNOWN if not current and view.severity in _OVER_BY_DOUBT else view.severity


def _labels(key: Key, finding: Finding) -> Iterator[tuple[str, ...]]:
    labels = (*key, finding.rule, finding.level.name.lower())
    for ordinal in map(str, finding.ordinals or ("",)):
        yield (*labels, ordinal)


def _age(snapshot: Snapshot, live: Live) -> float:
    """Seconds; 0 while everything is watched and up to date."""
    health = snapshot.health
    if health.link is Link.LIVE:
        return 0.0
    since = health.as_of or health.since
    return 0.0 if since is None else max(0.0, (live.now() - since).total_seconds())


def _name(severity: Severity) -> str:
    return severity.name.lower().replace("_", "-")


def _gauge(name: str, text: str, labels: tuple[str, ...], series: Mapping[tuple[str, ...], float]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=labels)
    for values, number in series.items():
        family.add_metric(values, number)
    return family
