"""SelfSubject access reviews for the roles."""

from __future__ import annotations

from typing import Any

import pytest

from stsview.simulator.apiserver.auth.rbac import ROLES, Rule, User
from stsview.simulator.apiserver.server import ApiServer
from tests.support.simulator.client import Client

ACCESS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
RULES = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews"


async def _may(client: Client, user: str, **attributes: str) -> bool:
    answer = await client("POST", ACCESS, {"spec": {"resourceAttributes": attributes}}, user=user)
    assert answer.code == 201
    allowed: bool = answer.json["status"]["allowed"]
    return allowed


@pytest.mark.parametrize(
    ("user", "attributes", "allowed"),
    [
        ("admin", {"verb": "delete", "resource": "nodes"}, True),
        ("editor", {"verb": "delete", "resource": "pods"}, True),
        ("editor", {"verb": "create", "resource": "pods", "subresource": "eviction"}, True),
        ("editor", {"verb": "patch", "group": "apps", "resource": "statefulsets", "subresource": "scale"}, True),
        ("editor", {"verb": "get", "resource": "nodes"}, False),
        ("editor", {"verb": "get", "group": "storage.k8s.io", "resource": "storageclasses"}, False),
        ("viewer", {"verb": "get", "resource": "pods", "subresource": "log"}, True),
        ("viewer", {"verb": "get", "resource": "secrets"}, False),
        ("viewer", {"verb": "delete", "resource": "pods"}, False),
        ("nobody", {"verb": "get", "resource": "pods"}, False),
    ],
)
async def test_access_reviews_follow_the_roles(
    client: Client, user: str, attributes: dict[str, str], allowed: bool
) -> None:
    assert await _may(client, user, namespace="default", **attributes) is allowed


async def test_access_reviews_of_non_resource_paths(client: Client) -> None:
    for path, allowed in (("/version", True), ("/apis/apps", True), ("/metrics", False)):
        body = {"spec": {"nonResourceAttributes": {"path": path, "verb": "get"}}}
        assert (await client("POST", ACCESS, body, user="viewer")).json["status"]["allowed"] is allowed


async def test_users_can_read_their_name_and_rules(client: Client) -> None:
    me = await client("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", {}, user="nobody")
    assert me.json["status"]["userInfo"] == {"username": "nobody", "groups": ["system:authenticated"]}
    rules = (await client("POST", RULES, {"spec": {"namespace": "default"}}, user="nobody")).json["status"]
    assert [rule["verbs"] for rule in rules["resourceRules"]] == [["create"], ["create"]]
    assert not rules["incomplete"]


async def test_denied_rules_are_not_listed(server: ApiServer, client: Client) -> None:
    server.users["viewer"].denied.append(Rule(("*",), ("apps",), ("*",)))
    rules = (await client("POST", RULES, {"spec": {"namespace": "default"}}, user="viewer")).json["status"]
    assert not any(rule["apiGroups"] == ["apps"] for rule in rules["resourceRules"])
    assert not await _may(client, "viewer", verb="list", group="apps", resource="statefulsets")


@pytest.mark.parametrize(("method", "path", "code"), [("GET", ACCESS, 405), ("POST", ACCESS + "x", 404)])
async def test_reviews_support_create_only(client: Client, method: str, path: str, code: int) -> None:
    assert (await client(method, path, {} if method == "POST" else None)).code == code


async def test_a_review_of_another_kind_is_a_bad_request(client: Client) -> None:
    assert (await client("POST", ACCESS, {"kind": "SelfSubjectRulesReview"})).code == 400


def test_rules_can_be_limited_to_names_and_namespaces() -> None:
    rule = Rule(("get",), ("",), ("pods",), names=("web-0",), namespaces=("prod",))
    user = User("u", "t", "", granted=[rule])
    asked: list[tuple[tuple[str, ...], bool]] = [
        (("get", "", "pods", "prod", "web-0"), True),
        (("get", "", "pods", "prod", "web-1"), False),
        (("get", "", "pods", "test", "web-0"), False),
        (("list", "", "pods", "prod", "web-0"), False),
        (("get", "apps", "pods", "prod", "web-0"), False),
    ]
    for question, allowed in asked:
        assert user.may(*question) is allowed
    assert rule.to_json()["resourceNames"] == ["web-0"]


def test_a_rule_for_a_subresource_of_all_resources() -> None:
    user = User("u", "t", granted=[Rule(("update",), ("*",), ("*/status",))])
    assert user.may("update", "apps", "statefulsets/status")
    assert not user.may("update", "apps", "statefulsets")


def test_edit_includes_view() -> None:
    shown: list[dict[str, Any]] = [rule.to_json() for rule in ROLES["edit"]]
    assert all(rule.to_json() in shown for rule in ROLES["view"])
