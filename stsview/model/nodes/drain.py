"""What would happen to the members on a node if it were drained now.

A drain cordons the node and evicts its pods; it waits while a PodDisruptionBudget does not allow an eviction
(documentation: "Safely Drain a Node"; pkg/registry/core/pod/storage/eviction.go). Free CPU and memory, affinity, and
pods outside StatefulSets are not judged.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

from stsview.model.base import Record
from stsview.model.cache.set_objects import SetObjects
from stsview.model.explain.hazards import HazardKind, accepts, confined, hazards_of_end, nodes_of, reaches
from stsview.model.names import listed
from stsview.model.nodes.members import Member, NodeSource
from stsview.model.nodes.places import Places
from stsview.model.nodes.scratch import needs_option, scratch_of
from stsview.model.packed_ordinals import unpacked
from stsview.model.pods.unknowns import hidden
from stsview.model.related.budgets import guards_of
from stsview.model.related.quorum import quorum_of
from stsview.model.settings import ModelSettings
from stsview.model.states import NodeStatus, Status
from stsview.model.views import OrdinalView, Place, SetView
from stsview.objects.budget import PodDisruptionBudget
from stsview.objects.kinds import BUDGETS
from stsview.objects.meta import Key
from stsview.objects.node import Node
from stsview.objects.pod import Pod

NOT_JUDGED = "not judged: free CPU and memory, affinity, other pods"


class DrainVerdict(Status):
    """What a drain would do, as far as the members of StatefulSets are concerned."""

    NOTHING = ""
    """There is no member on the node."""
    SAFE = "safe"
    WAITS = "waits"
    """An eviction is refused, or a termination not confirmed, until something else happens."""
    UNKNOWN = "unknown"
    """What decides cannot be read, or is configured nowhere."""
    LOSES = "loses"
    """Data is lost, a member cannot start elsewhere, or too few members stay up."""

    @property
    def rank(self) -> int:
        """Higher is worse."""
        return list(DrainVerdict).index(self)


class DrainLine(Record, frozen=True):
    verdict: DrainVerdict
    set: Key | None
    """None: it is about the node itself, or about all sets."""
    text: str
    """One fact, on one line: `4 of 6 members stay up, budget kafka allows it`."""

    @property
    def subject(self) -> str:
        """What to write before the text: `data/kafka: `, or `data/` before a text that begins with a pod."""
        if self.set is None:
            return ""
        return f"{self.set.namespace}/" if self.text.startswith(f"{self.set.name}-") else f"{self.set}: "


class DrainView(Record, frozen=True):
    """What a drain of one node would do now."""

    node: str
    verdict: DrainVerdict
    lines: tuple[DrainLine, ...]
    """The worst first."""
    stuck: tuple[tuple[Key, str], ...] = ()
    """Members, by set and name of the pod, that could not start again while the node is drained."""
    place_unknown: bool = False
    """Whether it is unknown of a member if another node accepts it."""
    empty_dirs: bool = False
    """Whether kubectl refuses the drain without `--delete-emptydir-data`, because of a member."""

    @property
    def command(self) -> str:
        """The kubectl command for this drain.

        DaemonSets have a pod on almost every node, and the option for them deletes nothing. The option for emptyDir
        volumes does: it is there only where a member needs it.
        """
        option = " --delete-emptydir-data" if self.empty_dirs else ""
        return f"kubectl drain {self.node} --ignore-daemonsets{option}"


class Drained(Record, frozen=True):
    """What drains of other nodes, before this one, have left behind."""

    nodes: tuple[str, ...] = ()
    """Names of the nodes that are cordoned for drains."""
    stuck: tuple[tuple[Key, str], ...] = ()
    """Members of them that could not start elsewhere, and are down."""


NOTHING_DRAINED = Drained()

Views = Callable[[Key], SetView | None]


class DrainCase:
    """The members on a node with their sets, as they are now: what every drain of it is judged by."""

    def __init__(self, node: str, members: Sequence[Member], views: Views, source: NodeSource) -> None:
        self.node = node
        by_set: dict[Key, list[OrdinalView]] = defaultdict(list)
        for member in members:
            by_set[member.set].append(member.row)
        self.parts = [
            _Case(view, objects, rows)
            for key, rows in by_set.items()
            if (view := views(key)) is not None and (objects := source.objects_of(key)) is not None
        ]
        self.settings = source.settings
        self.demand = Counter(name for part in self.parts for name in part.demand)
        self.empty_dirs = any(needs_option(pod) for part in self.parts for pod in part.pods.values())
        lines = list(_of_node(members))
        for part in self.parts:
            for row in part.rows:
                lines += _of_row(part, row)
            for scratch in scratch_of(part.pods.values()):
                verdict = DrainVerdict.UNKNOWN if scratch.decisive else DrainVerdict.SAFE
                lines.append(DrainLine(verdict, part.key, scratch.text))
        self.lines = tuple(lines)
        """What is so whatever was drained before."""


def drain_of(case: DrainCase, places: Places | None, drained: Drained = NOTHING_DRAINED) -> DrainView:
    """What a drain would do after those drains; `places`: None where nodes cannot be listed."""
    if not case.parts and not case.lines:
        return DrainView(case.node, DrainVerdict.NOTHING, ())
    closed = frozenset((case.node, *drained.nodes))
    lines = list(case.lines)
    stuck: list[tuple[Key, str]] = []
    place_unknown = False
    for part in case.parts:
        part.stuck = frozenset(name for key, name in drained.stuck if key == part.key)
        for row in part.rows:
            if place := _placement(part, row, case.node, places, closed):
                lines.append(place)
                if place.verdict is DrainVerdict.LOSES:
                    stuck.append((part.key, row.name))
                else:
                    place_unknown = True
        lines += _of_set(part, case.demand, case.settings)
    lines.sort(key=lambda line: -line.verdict.rank)
    worst = max((line.verdict for line in lines), key=lambda verdict: verdict.rank, default=DrainVerdict.UNKNOWN)
    return DrainView(case.node, worst, tuple(lines), tuple(stuck), place_unknown, case.empty_dirs)


class _Case:
    """One set and those of its pods that are on the node."""

    def __init__(self, view: SetView, objects: SetObjects, rows: list[OrdinalView]) -> None:
        self.key = view.key
        self.view = view
        self.objects = objects
        self.rows = rows
        self.stuck: frozenset[str] = frozenset()
        """Names of the pods that the drains before have left down; set for each judgement."""
        self.expected = [row for row in unpacked(view.ordinals) if row.place is Place.EXPECTED]
        pods = {row.name: objects.pods[row.name] for row in rows if row.name in objects.pods}
        self.pods = pods
        self.guards = guards_of(pods.values(), objects)
        self.limited = [row for row in rows if (pod := pods.get(row.name)) is not None and self._needs(row, pod)]
        """The rows whose eviction uses up one disruption of a budget."""
        self.demand = [self._budget_key(row) for row in self.limited]

    def _needs(self, row: OrdinalView, pod: Pod) -> bool:
        """Whether its eviction is counted by its one budget (eviction.go, canIgnorePDB and the unhealthy policy)."""
        guards = self.guards.get(row.name, ())
        if len(guards) != 1 or row.terminating or pod.status.phase in ("Pending", "Succeeded", "Failed"):
            return False
        ready = pod.condition("Ready")
        if ready is not None and ready.status == "True":
            return True
        budget = guards[0]
        status = budget.status
        if budget.spec.unhealthy_pod_eviction_policy == "AlwaysAllow":
            return False
        return not (status.desired_healthy > 0 and status.current_healthy >= status.desired_healthy)

    def _budget_key(self, row: OrdinalView) -> Key:
        return Key(self.key.namespace, self.guards[row.name][0].metadata.name)

    def allowed(self, budget: PodDisruptionBudget) -> int:
        """How many disruptions it allows, once the members that are stuck already count."""
        return max(0, budget.status.disruptions_allowed - self.lost(budget))

    def lost(self, budget: PodDisruptionBudget) -> int:
        """How many of its pods are stuck already."""
        matches = budget.spec.selector.matches
        return sum(1 for name in self.stuck if (pod := self.objects.pods.get(name)) and matches(pod.metadata.labels))

    def up(self, row: OrdinalView) -> bool:
        return row.available and row.name not in self.stuck


def _of_node(members: Sequence[Member]) -> Iterator[DrainLine]:
    """That nothing tells whether its kubelet confirms terminations."""
    state = next((one.row.node_state for one in members if one.row.node_state.status is NodeStatus.UNKNOWN), None)
    if state is not None:
        text = f"whether the kubelet of {state.name} ends its pods is unknown: {state.detail}"
        yield DrainLine(DrainVerdict.UNKNOWN, None, text)


def _of_row(case: _Case, row: OrdinalView) -> Iterator[DrainLine]:
    """What ending this pod does to itself: the hazards that plans check too."""
    if row.place is Place.ORPHANED or case.view.gone:
        yield DrainLine(
            DrainVerdict.WAITS,
            case.key,
            f"{row.name} has no controller: kubectl drain refuses without --force, and no pod replaces it",
        )
    for hazard in hazards_of_end(row, case.objects):
        if hazard.kind in (HazardKind.OUT_OF_REACH, HazardKind.NODE_CORDONED, HazardKind.REACH_UNKNOWN):
            continue  # Judged for the drained node by `_placement`.
        if hazard.unknown or hazard.kind is HazardKind.VOLUME_DELETED:
            verdict = DrainVerdict.UNKNOWN
        elif hazard.kind in (HazardKind.NODE_LOST, HazardKind.FINALIZER):
            verdict = DrainVerdict.WAITS
        else:
            verdict = DrainVerdict.LOSES
        yield DrainLine(verdict, case.key, hazard.text)
    if row.ephemeral_claims:
        names = listed([claim.name for claim in row.ephemeral_claims])
        text = f"{row.name}: its ephemeral volume {names} is deleted with it"
        yield DrainLine(DrainVerdict.LOSES, case.key, text)


def _placement(
    case: _Case, row: OrdinalView, node: str, places: Places | None, closed: frozenset[str]
) -> DrainLine | None:
    """Why its replacement could start on no other node; None where one accepts it, or where none is created."""
    pod = case.pods.get(row.name)
    if pod is None or row.surplus or row.place is Place.ORPHANED or case.view.gone:
        return None
    volumes = [
        (volume, claim.volume_state.zones)
        for claim in row.claims
        if (volume := case.objects.volumes.get(claim.volume)) is not None and confined(volume)
    ]
    local = next((volume for volume, _ in volumes if nodes_of(volume) == {node}), None)
    if local is not None:
        text = f"{row.name}: local volume, it stays Pending until {node} is uncordoned"
        return DrainLine(DrainVerdict.LOSES, case.key, text)
    if places is None:
        what = "reaches its volume and accepts it" if volumes else "accepts it"
        text = f"{row.name}: whether another node {what} is unknown, nodes cannot be listed"
        return DrainLine(DrainVerdict.UNKNOWN, case.key, text)
    confining = [volume for volume, _ in volumes]
    if places.accept(pod, confining, closed):
        return None
    if not volumes:
        why = "no other node accepts it (cordoned, not Ready, tainted, or not selected)"
    else:
        zones = listed(sorted({zone for _, of_volume in volumes for zone in of_volume}))
        there = places.reach(confining, closed)
        where = f"its volume is only in {zones}" if zones else "its volume is only reachable from some nodes"
        why = f"{where}, no other node there" + (" accepts it" if there else "")
    return DrainLine(DrainVerdict.LOSES, case.key, f"{row.name}: {why}, it stays Pending")


def could_run(node: Node, row: OrdinalView, objects: SetObjects) -> bool:
    """Whether the pod of a row could be placed on this node, room and affinity aside."""
    pod = objects.pods.get(row.name)
    volumes = [volume for claim in row.claims if (volume := objects.volumes.get(claim.volume)) is not None]
    return pod is not None and accepts(node, pod) and all(reaches(volume, node) for volume in volumes)


def _of_set(case: _Case, demand: Mapping[Key, int], settings: ModelSettings) -> Iterator[DrainLine]:
    """Whether budgets and quorum allow it to lose these pods."""
    if reason := hidden(BUDGETS, case.objects, found=any(case.guards.values())):
        yield DrainLine(DrainVerdict.UNKNOWN, case.key, f"budget unknown: {reason}")
    conflicting = [row.name for row in case.rows if len(case.guards.get(row.name, ())) > 1]
    if conflicting:
        text = f"several budgets select {listed(conflicting)}: every eviction fails"
        yield DrainLine(DrainVerdict.WAITS, case.key, text)
    refused: list[OrdinalView] = []
    for budget, rows in _by_budget(case):
        name = budget.metadata.name
        if budget.status.observed_generation < budget.metadata.generation:
            text = f"budget {name} is not counted yet: the drain waits for the disruption controller"
            yield DrainLine(DrainVerdict.WAITS, case.key, text)
            refused += rows
        elif (allowed := case.allowed(budget)) == 0:
            yield DrainLine(DrainVerdict.WAITS, case.key, f"{_allows_none(case, budget)}: {_waits_for(case, budget)}")
            refused += rows
        else:
            refused += rows[allowed:]
            needed = demand[Key(case.key.namespace, name)]
            if needed > allowed and len(rows) == needed:
                pace = f"budget {name} allows {allowed} at a time: {listed([row.name for row in rows])} move in turn"
                yield DrainLine(DrainVerdict.SAFE, case.key, pace)
    yield _count_line(case, {*(row.name for row in refused), *conflicting}, settings)


def _by_budget(case: _Case) -> list[tuple[PodDisruptionBudget, list[OrdinalView]]]:
    found: dict[str, tuple[PodDisruptionBudget, list[OrdinalView]]] = {}
    for row in case.limited:
        budget = case.guards[row.name][0]
        found.setdefault(budget.metadata.name, (budget, []))[1].append(row)
    return list(found.values())


def _waits_for(case: _Case, budget: PodDisruptionBudget) -> str:
    matches = budget.spec.selector.matches
    down = [
        row.name
        for row in case.expected
        if not case.up(row) and ((pod := case.objects.pods.get(row.name)) is None or matches(pod.metadata.labels))
    ]
    if down:
        return f"the drain waits for {listed(down)}"
    others = budget.status.current_healthy < budget.status.expected_pods
    return f"the drain waits until {'more are' if others else 'the budget is changed'}"


def _allows_none(case: _Case, budget: PodDisruptionBudget) -> str:
    status, healthy = budget.status, budget.status.current_healthy - case.lost(budget)
    counts = f"{healthy} of {status.expected_pods} healthy, {status.desired_healthy} needed"
    return f"budget {budget.metadata.name} allows 0 ({counts})"


def _count_line(case: _Case, kept: set[str], settings: ModelSettings) -> DrainLine:
    """How many members stay up while those leave at once that nothing keeps."""
    here = {row.name for row in case.rows}
    up = [row for row in case.expected if case.up(row)]
    left = sum(1 for row in up if row.name not in here or row.name in kept)
    total, going = len(case.expected), len(up) - left
    quorum = quorum_of(case.objects.set, settings)
    stay = f"{left} of {total} {'member stays' if total == 1 else 'members stay'} up"
    if quorum is not None and left < quorum.needed:
        already = " already" if not going else ""
        return DrainLine(DrainVerdict.LOSES, case.key, f"{stay},{already} below the quorum of {quorum.needed}")
    already_down = [row for row in case.rows if row.expected and not case.up(row)]
    if not going:
        if kept & {row.name for row in up}:
            return DrainLine(DrainVerdict.SAFE, case.key, f"{stay} while it waits")
        names = listed([row.name for row in already_down])
        if not names:
            return DrainLine(DrainVerdict.SAFE, case.key, f"{stay}: no member of them is here")
        word = "is" if len(already_down) == 1 else "are"
        verdict = DrainVerdict.SAFE if left or quorum is not None else DrainVerdict.LOSES
        return DrainLine(verdict, case.key, f"{stay}: {names} {word} down already")
    if not left:
        return DrainLine(DrainVerdict.LOSES, case.key, f"{stay}: the set is down until a replacement is Ready")
    if quorum is not None:
        return DrainLine(DrainVerdict.SAFE, case.key, f"{stay}, quorum {quorum.needed}{_allowed_by(case)}")
    if budgets := _allowed_by(case):
        return DrainLine(DrainVerdict.SAFE, case.key, stay + budgets)
    if left >= total - 1:
        return DrainLine(DrainVerdict.SAFE, case.key, f"{stay}, no budget: as in one step of a rollout")
    down = [row.name for row in case.expected if not case.up(row) and row.name not in here]
    also = f" ({listed(down)} {'is' if len(down) == 1 else 'are'} down already)" if down else ""
    text = f"{stay}{also}: whether that is enough is unknown, no budget or quorum"
    return DrainLine(DrainVerdict.UNKNOWN, case.key, text)


def _allowed_by(case: _Case) -> str:
    """`, budget kafka allows it`, where a budget limits each of the pods that are up; else empty."""
    going = [row for row in case.rows if row.expected and case.up(row)]
    guards = [case.guards.get(row.name, ()) for row in going]
    if not guards or not all(len(found) == 1 for found in guards):
        return ""
    names = dict.fromkeys(found[0].metadata.name for found in guards)
    return f", budget {listed(list(names))} {'allows' if len(names) == 1 else 'allow'} it"
