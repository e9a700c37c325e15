"""A simulated user who has exactly the rights of a role that stsview prints, and what is asked in its name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import yaml

from stsview.cli.output.roles import documents
from stsview.model.rights import READING, Task
from stsview.simulator.apiserver.auth.rbac import SELF_REVIEW, Rule, User
from stsview.simulator.apiserver.request_info import RequestInfo
from stsview.simulator.cluster import SimulatedCluster


class Grant(NamedTuple):
    """One verb for one resource: the least that can be taken from a role."""

    verb: str
    group: str
    resource: str
    namespace: str = ""
    """Empty: everywhere."""

    @property
    def rule(self) -> Rule:
        namespaces = (self.namespace,) if self.namespace else ()
        return Rule((self.verb,), (self.group,), (self.resource,), namespaces=namespaces)


_REVIEWS = {Grant("create", rule.groups[0], one) for rule in SELF_REVIEW for one in rule.resources}


def granted_by(tasks: Iterable[Task], *namespaces: str) -> set[Grant]:
    """What the printed roles grant, read as kubectl reads them."""
    grants: set[Grant] = set()
    for text in documents("stsview", tuple(tasks), namespaces):
        role = yaml.safe_load(text)
        namespace = role["metadata"].get("namespace", "")
        assert (role["kind"], role["apiVersion"]) == (
            "Role" if namespace else "ClusterRole",
            "rbac.authorization.k8s.io/v1",
        )
        for rule in role["rules"]:
            assert rule.keys() == {"apiGroups", "resources", "verbs"}
            grants |= {
                Grant(verb, group, resource, namespace)
                for verb in rule["verbs"]
                for group in rule["apiGroups"]
                for resource in rule["resources"]
            }
    return grants


class Granted:
    """The user `admin` of a cluster, without its role."""

    def __init__(self, cluster: SimulatedCluster) -> None:
        self._user = cluster.server.users["admin"]
        self._user.role = ""
        self.asked: set[Grant] = set()
        """What requests needed, reviews of the user's own rights not counted."""
        self.denied: set[Grant] = set()
        """Those of them that were denied."""
        refuse = cluster.server.faults.refuse

        def recording(info: RequestInfo | None, user: User | None) -> None:
            if info is not None and user is not None:
                resource = f"{info.plural}/{info.subresource}" if info.subresource else info.plural
                self._note(Grant(info.verb, info.group, resource), info.namespace)
            refuse(info, user)

        cluster.server.faults.refuse = recording  # type: ignore[method-assign]

    def _note(self, grant: Grant, namespace: str) -> None:
        if grant in _REVIEWS:
            return
        self.asked.add(grant)
        if not self._user.may(grant.verb, grant.group, grant.resource, namespace):
            self.denied.add(grant)

    def grant(self, tasks: Iterable[Task], *namespaces: str) -> set[Grant]:
        """Give it the roles that are printed for these tasks, and forget what was asked. Returns what they grant."""
        grants = granted_by(tasks, *namespaces)
        self._user.granted[:] = [one.rule for one in grants]
        self.asked.clear()
        self.denied.clear()
        return grants

    @contextmanager
    def without(self, grant: Grant) -> Iterator[None]:
        """Take one thing away for a while."""
        self._user.denied.append(grant.rule)
        try:
            yield
        finally:
            self._user.denied.clear()


READ = granted_by(READING)
"""What every role contains."""
