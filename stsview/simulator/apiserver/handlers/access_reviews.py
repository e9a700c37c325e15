"""SelfSubject reviews: what the user may do, and who the user is.

The kinds of authorization.k8s.io and authentication.k8s.io.
"""

from __future__ import annotations

from typing import Any

from stsview.simulator.apiserver.auth.rbac import User
from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.http import request_bodies
from stsview.simulator.apiserver.request_info import RequestInfo
from stsview.simulator.apiserver.wire import Object

_URLS = ["/api", "/api/*", "/apis", "/apis/*", "/healthz", "/livez", "/openapi", "/openapi/*", "/readyz", "/version"]
_KINDS = {
    ("authorization.k8s.io", "selfsubjectaccessreviews"): "SelfSubjectAccessReview",
    ("authorization.k8s.io", "selfsubjectrulesreviews"): "SelfSubjectRulesReview",
    ("authentication.k8s.io", "selfsubjectreviews"): "SelfSubjectReview",
}


def is_review(info: RequestInfo) -> bool:
    """Whether a request is a SelfSubject review."""
    return (info.group, info.plural) in _KINDS and info.version == "v1"


def review(info: RequestInfo, content_type: str, body: bytes, user: User) -> Object:
    """The review with its status. Raises `ApiError` 400, 405 or 415."""
    if info.verb != "create":
        raise ApiError(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", {})
    kind = _KINDS[info.group, info.plural]
    asked = request_bodies.decode(content_type, body)
    if asked.get("kind", kind) != kind:
        raise ApiError.bad_request(f"{asked.get('kind')} cannot be handled as a {kind}")
    head = {"kind": kind, "apiVersion": f"{info.group}/v1", "metadata": {}}
    match kind:
        case "SelfSubjectAccessReview":
            spec = asked.get("spec") or {}
            return {**head, "spec": spec, "status": _access(user, spec)}
        case "SelfSubjectRulesReview":
            return {**head, "spec": {}, "status": _rules(user, (asked.get("spec") or {}).get("namespace", ""))}
    user_info = {"username": user.name, "groups": list(user.groups)}
    return {**head, "status": {"userInfo": user_info}}


def _access(user: User, spec: dict[str, Any]) -> dict[str, Any]:
    asked = spec.get("resourceAttributes")
    if asked is None:
        path = (spec.get("nonResourceAttributes") or {}).get("path", "")
        allowed = any(path == url or (url.endswith("*") and path.startswith(url[:-1])) for url in _URLS)
    else:
        resource = asked.get("resource", "")
        if asked.get("subresource"):
            resource = f"{resource}/{asked['subresource']}"
        allowed = user.may(
            asked.get("verb", ""), asked.get("group", ""), resource, asked.get("namespace", ""), asked.get("name", "")
        )
    return {"allowed": True, "reason": user.why()} if allowed else {"allowed": False}


def _rules(user: User, namespace: str) -> dict[str, Any]:
    rules = [rule for rule in user.rules if not rule.namespaces or namespace in rule.namespaces]
    denied = [rule for rule in user.denied if not rule.namespaces or namespace in rule.namespaces]
    return {
        "resourceRules": [
            rule.to_json() for rule in rules if not any(_covers(one.to_json(), rule.to_json()) for one in denied)
        ],
        "nonResourceRules": [{"verbs": ["get"], "nonResourceURLs": _URLS}],
        "incomplete": bool(denied),
    }


def _covers(denied: dict[str, list[str]], rule: dict[str, list[str]]) -> bool:
    return all(
        "*" in denied[name] or set(rule[name]) <= set(denied[name]) for name in ("verbs", "apiGroups", "resources")
    )
