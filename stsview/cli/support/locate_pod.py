"""From what was typed for a pod to its namespace and name."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from stsview.cli.support.errors import CommandError
from stsview.cluster.errors import ClusterError, NotFound
from stsview.cluster.http.session import Session
from stsview.nearest import did_you_mean
from stsview.objects.kinds import PODS, STATEFULSETS
from stsview.objects.meta import Key
from stsview.objects.statefulset import StatefulSet

_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")
"""RFC 1123 subdomain (apimachinery/pkg/util/validation)."""


class PodName(msgspec.Struct, frozen=True):
    """A pod as it was typed."""

    namespace: str
    """Empty: not typed."""
    pod: str
    set: str = ""
    """The StatefulSet, where the pod was typed as one of its ordinals."""
    ordinal: int = 0


def parse_pod(text: str) -> PodName:
    """`POD`, `SET/ORDINAL`, `NAMESPACE/POD` or `NAMESPACE/SET/ORDINAL`. Raises `CommandError`."""
    parts = text.removeprefix("pod/").removeprefix("pods/").split("/")
    if not all(_NAME.fullmatch(part) for part in parts) or len(parts) > 3:
        raise CommandError(
            f"{text!r} is not a pod: use POD, SET/ORDINAL, or NAMESPACE/ before them, as in data/kafka/0"
        )
    if len(parts) > 1 and parts[-1].isdecimal():
        *namespace, name, ordinal = parts
        return PodName("".join(namespace), f"{name}-{int(ordinal)}", name, int(ordinal))
    if len(parts) == 3:
        raise CommandError(f"{text!r} is not a pod: {parts[-1]!r} is no ordinal")
    return PodName(parts[0] if len(parts) == 2 else "", parts[-1])


async def locate_pod(session: Session, name: PodName, namespaces: Sequence[str]) -> Key:
    """The namespace and name of an existing pod.

    `namespaces` are searched where none was typed; empty: all. Raises `CommandError` where there is no such pod, or
    several.
    """
    searched = (name.namespace,) if name.namespace else tuple(namespaces)
    if len(searched) == 1:
        # The pod is read next in any case.
        key = Key(searched[0], name.pod)
        if name.set and (problem := await _missing_member(session, key, name)):
            raise CommandError(problem)
        return key
    found: list[Key] = []
    for namespace in searched or ("",):
        try:
            found += await session.list_keys(
                PODS.path(namespace), query=[("fieldSelector", f"metadata.name={name.pod}")]
            )
        except ClusterError as error:
            where = namespace or "all namespaces"
            raise CommandError(
                f"cannot search pod {name.pod} in {where}: {error}; name its namespace with -n"
            ) from error
    if not found:
        where = f"namespaces {', '.join(searched)}" if searched else "any namespace"
        raise CommandError(f"no pod {name.pod} in {where}")
    if len(found) > 1:
        others = ", ".join(key.namespace for key in found[:-1])
        raise CommandError(f"{name.pod} is in {others} and {found[-1].namespace}: add the namespace")
    return found[0]


async def _missing_member(session: Session, key: Key, name: PodName) -> str:
    """Why a set has no pod for an ordinal; empty where it has one, or that is not known."""
    path = PODS.path(key.namespace)
    try:
        if await session.list_keys(path, query=[("fieldSelector", f"metadata.name={key.name}")]):
            return ""
        found = await session.get(STATEFULSETS, key.namespace, name.set)
    except NotFound:
        return f"no StatefulSet {key.namespace}/{name.set}{await _near(session, key.namespace, name.set)}"
    except ClusterError:
        return ""
    assert isinstance(found, StatefulSet)  # noqa: S101 - of that kind
    replicas = found.spec.replicas
    first = found.spec.ordinals.start if found.spec.ordinals is not None else 0
    if not first <= name.ordinal < first + replicas:
        has = f"ordinals {first} to {first + replicas - 1}" if replicas else "no replicas"
        return f"{key.namespace}/{name.set} has {has}: no ordinal {name.ordinal}"
    return f"ordinal {name.ordinal} of {key.namespace}/{name.set} has no pod now: {key.name} is missing"


async def _near(session: Session, namespace: str, name: str) -> str:
    try:
        return did_you_mean(name, (key.name for key in await session.list_keys(STATEFULSETS.path(namespace))))
    except ClusterError:
        return ""
