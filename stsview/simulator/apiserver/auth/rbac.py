"""Users by token, and their RBAC rules, which can change while serving.

The roles are those of kubernetes/plugin/pkg/auth/authorizer/rbac/bootstrappolicy/policy.go, for the kinds served here.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.request_info import RequestInfo

_READ = ("get", "list", "watch")
_WRITE = ("create", "delete", "deletecollection", "patch", "update")


@dataclass(frozen=True)
class Rule:
    """One RBAC rule; `*` matches everything.

    Empty `namespaces` mean all namespaces and cluster-wide.
    """

    verbs: tuple[str, ...]
    groups: tuple[str, ...]
    resources: tuple[str, ...]
    names: tuple[str, ...] = ()
    namespaces: tuple[str, ...] = ()

    def allows(self, verb: str, group: str, resource: str, namespace: str, name: str) -> bool:
        """Whether the rule allows a request.

        `resource` includes the subresource: `pods/eviction`.
        """
        return (
            _in(verb, self.verbs)
            and _in(group, self.groups)
            and (_in(resource, self.resources) or f"*/{resource.partition('/')[2]}" in self.resources)
            and (not self.names or name in self.names)
            and (not self.namespaces or namespace in self.namespaces)
        )

    def to_json(self) -> dict[str, list[str]]:
        """The rule as SelfSubjectRulesReview lists it."""
        rule = {"verbs": list(self.verbs), "apiGroups": list(self.groups), "resources": list(self.resources)}
        return {**rule, **({"resourceNames": list(self.names)} if self.names else {})}


SELF_REVIEW = (
    Rule(("create",), ("authorization.k8s.io",), ("selfsubjectaccessreviews", "selfsubjectrulesreviews")),
    Rule(("create",), ("authentication.k8s.io",), ("selfsubjectreviews",)),
)

VIEW = (
    Rule(
        _READ,
        ("",),
        (
            "configmaps",
            "endpoints",
            "persistentvolumeclaims",
            "persistentvolumeclaims/status",
            "pods",
            "serviceaccounts",
            "services",
            "services/status",
        ),
    ),
    Rule(_READ, ("",), ("namespaces/status", "pods/log", "pods/status", "resourcequotas", "resourcequotas/status")),
    Rule(_READ, ("",), ("namespaces",)),
    Rule(_READ, ("", "events.k8s.io"), ("events",)),
    Rule(_READ, ("discovery.k8s.io",), ("endpointslices",)),
    Rule(_READ, ("apps",), ("controllerrevisions", "statefulsets", "statefulsets/scale", "statefulsets/status")),
    Rule(_READ, ("autoscaling",), ("horizontalpodautoscalers", "horizontalpodautoscalers/status")),
    Rule(_READ, ("policy",), ("poddisruptionbudgets", "poddisruptionbudgets/status")),
)

METRICS_READER = Rule(_READ, ("metrics.k8s.io",), ("pods", "nodes"))
"""system:aggregated-metrics-reader, which metrics-server adds to the roles view and edit."""

EDIT = (
    *VIEW,
    Rule(_READ, ("",), ("pods/attach", "pods/exec", "pods/portforward", "pods/proxy", "secrets", "services/proxy")),
    Rule(("impersonate",), ("",), ("serviceaccounts",)),
    Rule(_WRITE, ("",), ("pods", "pods/attach", "pods/exec", "pods/portforward", "pods/proxy")),
    Rule(("create",), ("",), ("pods/eviction",)),
    Rule(
        _WRITE,
        ("",),
        ("configmaps", "events", "persistentvolumeclaims", "secrets", "serviceaccounts", "services", "services/proxy"),
    ),
    Rule(_WRITE, ("apps",), ("statefulsets", "statefulsets/scale")),
    Rule(_WRITE, ("autoscaling",), ("horizontalpodautoscalers",)),
    Rule(_WRITE, ("policy",), ("poddisruptionbudgets",)),
    Rule(
        ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"),
        ("coordination.k8s.io",),
        ("leases",),
    ),
)

PUBLIC_URLS = ("/healthz", "/livez", "/readyz", "/version", "/version/")
"""What anonymous users may read (the role system:public-info-viewer).

Other requests without a token are 401, as with an AuthenticationConfiguration that allows only these paths to them.
"""

EVERYTHING = (Rule(("*",), ("*",), ("*",)),)

ROLES: dict[str, tuple[Rule, ...]] = {"cluster-admin": EVERYTHING, "edit": EDIT, "view": VIEW, "": ()}


@dataclass
class User:
    """A user with a bearer token."""

    name: str
    token: str
    role: str = ""
    """One of `ROLES`; empty for a user without a role."""
    groups: tuple[str, ...] = ("system:authenticated",)
    denied: list[Rule] = field(default_factory=list)
    """Rules taken away from the role while serving; RBAC itself has no deny rules."""
    aggregated: tuple[Rule, ...] = ()
    """What add-ons of the cluster add to the roles view and edit."""
    granted: list[Rule] = field(default_factory=list)
    """Rules added to the role while serving."""

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules of the role, granted rules, and reviews of the user itself."""
        aggregated = self.aggregated if self.role in ("edit", "view") else ()
        return (*ROLES[self.role], *aggregated, *self.granted, *SELF_REVIEW)

    def may(self, verb: str, group: str, resource: str, namespace: str = "", name: str = "") -> bool:
        """Whether the user may do something. Denied rules win."""
        if any(rule.allows(verb, group, resource, namespace, name) for rule in self.denied):
            return False
        return any(rule.allows(verb, group, resource, namespace, name) for rule in self.rules)

    def why(self) -> str:
        """The reason of an access review that allows."""
        binding = f'ClusterRoleBinding "stsview-{self.name}" of ClusterRole "{self.role}"'
        return f'RBAC: allowed by {binding} to User "{self.name}"'


def authorize(user: User, info: RequestInfo) -> None:
    """Raise `ApiError` 403 unless the user may send the request."""
    if not user.may(info.verb, info.group, _with_subresource(info), info.namespace, info.name):
        raise forbidden(user, info)


def forbidden(user: User, info: RequestInfo) -> ApiError:
    """The 403 error, worded as recorded from a real API server."""
    resource = _with_subresource(info)
    scope = f'in the namespace "{info.namespace}"' if info.namespace else "at the cluster scope"
    what = f"{info.plural}.{info.group}" if info.group else info.plural
    named = f'{what} "{info.name}"' if info.name else what
    message = (
        f'{named} is forbidden: User "{user.name}" cannot {info.verb} resource "{resource}" '
        f'in API group "{info.group}" {scope}'
    )
    details = {
        **({"name": info.name} if info.name else {}),
        **({"group": info.group} if info.group else {}),
        "kind": info.plural,
    }
    return ApiError(403, "Forbidden", message, details)


def _with_subresource(info: RequestInfo) -> str:
    return f"{info.plural}/{info.subresource}" if info.subresource else info.plural


def _in(value: str, allowed: tuple[str, ...]) -> bool:
    return "*" in allowed or value in allowed
