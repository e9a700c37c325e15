"""Names, read from a kubeconfig and from its cluster.

As the command itself would read them: with its credentials, impersonation, proxies and certificates.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec

from stsview.cli.completion.remembered import LIMIT_SECONDS
from stsview.cli.completion.selection import Selection
from stsview.cluster.auth.kubeconfig import Kubeconfig
from stsview.cluster.http.session import Session, SessionSettings
from stsview.cluster.http.write_gate import WriteGate
from stsview.config import BadConfiguration, Configuration, load
from stsview.live.target import KubeconfigTarget
from stsview.objects.kinds import NODES, PODS, REVISIONS, STATEFULSETS
from stsview.objects.meta import ObjectMeta
from stsview.objects.statefulset import StatefulSet

_MOST = 1000
"""How many objects of a namespace are listed."""

_MOST_NAMESPACES = 10
"""How many namespaces are read where several are watched."""

_SECONDS = LIMIT_SECONDS - 1.0
"""Before the process is ended from outside, so that connections and login plugins are ended properly."""


class _Revision(msgspec.Struct, frozen=True):
    metadata: ObjectMeta
    revision: int = 0


class _Revisions(msgspec.Struct, frozen=True):
    items: tuple[_Revision, ...]


_REVISIONS = msgspec.json.Decoder(_Revisions)


def read_contexts(selection: Selection) -> list[tuple[str, str]]:
    """Names of contexts, and which is the current one. Raises `ConfigError`."""
    kubeconfig = Kubeconfig.load(selection.kubeconfig)
    current = kubeconfig.current_context
    return [(name, "current context" if name == current else "") for name in kubeconfig.contexts()]


def read_names(kind: str, selection: Selection, set_name: str) -> Any:
    """Names of that kind, as `stsview.cli.completion.cluster_names` keeps them. Raises whatever goes wrong."""
    try:
        configuration = load(selection.config)
    except BadConfiguration:
        configuration = Configuration()
    target = KubeconfigTarget(
        selection.kubeconfig,
        selection.context,
        selection.namespaces,
        as_user=selection.as_user,
        as_groups=selection.as_groups,
        configured=configuration.namespaces,
    )
    return asyncio.run(_read(target, kind, set_name))


async def _read(target: KubeconfigTarget, kind: str, set_name: str) -> Any:
    settings = SessionSettings(connect_seconds=_SECONDS, read_seconds=_SECONDS, plugin_seconds=_SECONDS)
    session = Session(await target.config(), settings=settings, gate=WriteGate("completion only reads"))
    scope = target.scope.namespaces[:_MOST_NAMESPACES]
    try:
        async with asyncio.timeout(_SECONDS):
            match kind:
                case "namespaces":
                    return await session.list_namespaces()
                case "nodes":
                    return [key.name for key in await session.list_keys(NODES.path())]
                case "revisions":
                    return await _revisions(session, scope, set_name)
            return await _members(session, kind, scope)
    finally:
        await session.close()


async def _members(session: Session, kind: str, scope: Sequence[str]) -> tuple[bool, list[tuple[str, str]]]:
    """Whether they are of one namespace, and namespace and name of each. What may not be read is left out."""
    listed = STATEFULSETS if kind == "sets" else PODS
    query = [("limit", str(_MOST)), *([("labelSelector", listed.label_selector)] if listed.label_selector else [])]
    lists = await asyncio.gather(
        *(session.list_keys(listed.path(namespace), query=query) for namespace in scope or ("",)),
        return_exceptions=True,
    )
    keys = [key for one in lists if not isinstance(one, BaseException) for key in one]
    return len(scope) == 1, [(key.namespace, key.name) for key in keys]


async def _revisions(session: Session, scope: Sequence[str], set_name: str) -> list[tuple[int, str]]:
    """Number and name of each, the newest first. Raises ValueError unless there is one set of that name."""
    namespace, _, name = set_name.rpartition("/")
    if not namespace:
        query = [("fieldSelector", f"metadata.name={name}")]
        found = [await session.list_keys(STATEFULSETS.path(one), query=query) for one in scope or ("",)]
        ((namespace, _),) = [(key.namespace, key.name) for keys in found for key in keys]
    owner = await session.get(STATEFULSETS, namespace, name)
    assert isinstance(owner, StatefulSet)  # noqa: S101 - of that kind
    listing = await session.get_json(
        REVISIONS.path(namespace), _REVISIONS, query=[("labelSelector", owner.spec.selector.text)]
    )
    own = [
        one
        for one in listing.items
        if (controller := one.metadata.controller) is not None and controller.uid == owner.metadata.uid
    ]
    marks = {owner.status.current_revision: "current", owner.status.update_revision: "update"}
    return [
        (one.revision, " ".join(filter(None, (one.metadata.name, marks.get(one.metadata.name)))))
        for one in sorted(own, key=lambda one: -one.revision)
    ]
