"""The names of a set's pods: what the API says of each, for a screen or the command line."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from stsview.actions.dns.published import Published, read_published
from stsview.cluster.errors import ClusterError, Forbidden
from stsview.cluster.http.session import Session
from stsview.model.related.dns_answers import Answers, Comparison, Names, Verdict, compare
from stsview.model.states import ServiceStatus
from stsview.model.views import DnsView, OrdinalView, SetView


class PodNames(msgspec.Struct, frozen=True):
    """The names of one ordinal, and what the API says of them."""

    ordinal: int
    names: Names
    dns: DnsView
    published: Published | None
    """None where no EndpointSlice has the pod, or that is not known."""


class SetNames(msgspec.Struct, frozen=True):
    """The names of all ordinals of a set."""

    view: SetView
    pods: tuple[PodNames, ...]
    problem: str = ""
    """Why the EndpointSlices are not known; empty where they are."""

    @property
    def names(self) -> tuple[Names, ...]:
        return tuple(one.names for one in self.pods)

    def compared(self, answers: Answers, asked_from: str) -> tuple[Comparison, ...]:
        """The answers from inside the pod `asked_from`, judged, for each of `pods`."""
        return tuple(self._compared(one, answers, asked_from) for one in self.pods)

    def _compared(self, pod: PodNames, answers: Answers, asked_from: str) -> Comparison:
        known = None if self.problem else pod.published.resolvable if pod.published is not None else ()
        return compare(
            pod.names,
            known,
            answers,
            own=pod.names.pod == asked_from,
            headless=self.view.service.status is not ServiceStatus.NOT_HEADLESS,
        )


def set_names(view: SetView, published: Mapping[str, Published], problem: str = "") -> SetNames:
    """The names of a set that names a Service; without ordinals where it names none.

    `problem`: why `published` is not known.
    """
    rows = [row for row in view.ordinals if row.dns.name]
    return SetNames(view, tuple(_pod_names(row, view.service.name, published) for row in rows), problem)


async def read_set_names(session: Session, view: SetView) -> SetNames:
    """The names of a set with its EndpointSlices as they are now, or why those are not known."""
    try:
        return set_names(view, await read_published(session, view.namespace, view.service.name))
    except Forbidden:
        return set_names(view, {}, f"you may not list endpointslices in {view.namespace}")
    except ClusterError as error:
        return set_names(view, {}, f"EndpointSlices cannot be read: {error}")


def _pod_names(row: OrdinalView, service: str, published: Mapping[str, Published]) -> PodNames:
    domain = row.dns.name.removeprefix(f"{row.name}.{service}.")
    return PodNames(row.ordinal, Names(row.name, service, domain), row.dns, published.get(row.name))


def nothing_answers(compared: tuple[Comparison, ...]) -> bool:
    """Whether no name at all has an answer though some are published: then DNS itself may not be reachable."""
    return not any(one.addresses for one in compared) and any(one.verdict is Verdict.MISSING for one in compared)
