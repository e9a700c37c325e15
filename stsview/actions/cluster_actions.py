"""Actions where several clusters are shown: each goes to the cluster that its intent names, and to no other."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from stsview.actions.errors import Changed, Refused
from stsview.actions.intents import Intent, NodeIntent, SetIntent
from stsview.live.clusters.naming import with_context
from stsview.objects.meta import bare, cluster_of, in_cluster

if TYPE_CHECKING:
    from stsview.actions.operations.grow.journal import Unfinished as UnfinishedGrowth
    from stsview.actions.operations.ordered_restart.journal import Unfinished
    from stsview.actions.operations.recreate.journal import Unfinished as UnfinishedRecreation
    from stsview.actions.plan import Answers, Plan
    from stsview.actions.progress import Progress
    from stsview.actions.service import ActionRun, Actions


class ClusterActions:
    """Implements `stsview.actions.service.Actions` by the services of several clusters.

    A plan that is shown names its cluster: in its title, its commands and its intent. What a service gets back is the
    plan as it made it.
    """

    def __init__(self, services: Mapping[str, Actions]) -> None:
        """`services` are those of the clusters, by context."""
        self._services = services

    async def plan(self, intent: Intent) -> Plan:
        cluster, own = _parted(intent)
        return _named(await self._service(cluster).plan(own), cluster)

    async def preview(self, intent: Intent) -> Plan | None:
        cluster, own = _parted(intent)
        plan = await self._service(cluster).preview(own)
        return None if plan is None else _named(plan, cluster)

    async def confirm(self, plan: Plan, answers: Answers) -> ActionRun:
        cluster, own = _parted(plan.intent)
        if cluster != plan.cluster:
            raise Refused(
                f"the plan is for {plan.cluster}, and its set in {cluster}: a bug in stsview; nothing was sent"
            )
        try:
            run = await self._service(cluster).confirm(replace(plan, intent=own, cluster=""), answers)
        except Changed as error:
            raise Changed(_named(error.plan, cluster), error.differences) from error
        return ClusterRun(run, cluster)

    # The journals are files of this machine, the same for all clusters.

    def unfinished(self, set_uid: str) -> Unfinished | None:
        return self._any.unfinished(set_uid)

    def unfinished_growth(self, set_uid: str) -> UnfinishedGrowth | None:
        return self._any.unfinished_growth(set_uid)

    def unfinished_growths(self) -> Sequence[UnfinishedGrowth]:
        return self._any.unfinished_growths()

    def unfinished_recreations(self) -> Sequence[UnfinishedRecreation]:
        return self._any.unfinished_recreations()

    @property
    def _any(self) -> Actions:
        return next(iter(self._services.values()))

    def _service(self, cluster: str) -> Actions:
        service = self._services.get(cluster)
        if service is None:
            raise Refused(f"the object is in no cluster that is shown ({cluster or 'none is named'})")
        return service


class ClusterRun:
    """A run whose plan names the cluster."""

    def __init__(self, run: ActionRun, cluster: str) -> None:
        self._run = run
        self._cluster = cluster
        self._plan = _named(run.plan, cluster)

    @property
    def plan(self) -> Plan:
        return self._plan

    @property
    def progress(self) -> Progress:
        return self._run.progress

    @property
    def pausable(self) -> bool:
        return self._run.pausable

    def follow(self, seconds: float | None = None) -> AsyncIterator[Progress]:
        return self._run.follow(seconds)

    def stop(self) -> None:
        self._run.stop()

    def pause(self, paused: bool) -> None:
        self._run.pause(paused)


def _parted(intent: Intent) -> tuple[str, Intent]:
    """The cluster that an intent names, and the intent as that cluster knows its object."""
    if isinstance(intent, SetIntent):
        return cluster_of(intent.set), replace(intent, set=bare(intent.set))
    if isinstance(intent, NodeIntent):
        return intent.cluster, replace(intent, cluster="")
    raise TypeError(f"{type(intent).__name__} names no object")


def _named(plan: Plan, cluster: str) -> Plan:
    intent: Intent = plan.intent
    if isinstance(intent, SetIntent):
        intent = replace(intent, set=in_cluster(cluster, intent.set))
    elif isinstance(intent, NodeIntent):
        intent = replace(intent, cluster=cluster)
    return replace(
        plan,
        intent=intent,
        cluster=cluster,
        same_as=with_context(plan.same_as, cluster),
        safer=tuple(replace(one, command=with_context(one.command, cluster)) for one in plan.safer),
        manual_only=tuple(replace(one, command=with_context(one.command, cluster)) for one in plan.manual_only),
    )
