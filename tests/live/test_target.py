"""From kubeconfig and command line to scope and user."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from stsview.cluster.config import Impersonation
from stsview.live.errors import CannotStart
from stsview.live.target import KubeconfigTarget


@pytest.fixture
def path(tmp_path: Path) -> Path:
    def named(name: str, what: str, entry: dict[str, Any]) -> dict[str, Any]:
        return {"name": name, what: entry}

    content = {
        "current-context": "one",
        "contexts": [
            named("one", "context", {"cluster": "safe", "user": "me", "namespace": "data"}),
            named("two", "context", {"cluster": "open", "user": "other"}),
        ],
        "clusters": [
            named("safe", "cluster", {"server": "https://one.example"}),
            named("open", "cluster", {"server": "https://two.example", "insecure-skip-tls-verify": True}),
        ],
        "users": [
            named("me", "user", {"token": "t"}),
            named("other", "user", {"token": "t", "as": "root", "as-groups": ["admins"], "as-uid": "7"}),
        ],
    }
    file = tmp_path / "config"
    file.write_text(yaml.safe_dump(content))
    return file


def test_the_scope_before_connecting(path: Path) -> None:
    scope = KubeconfigTarget(str(path)).scope
    assert (scope.context, scope.namespaces, scope.acting_as, scope.unverified) == ("one", ("data",), "", False)
    scope = KubeconfigTarget(str(path), "two", ("a",)).scope
    assert (scope.context, scope.namespaces, scope.acting_as, scope.unverified) == (
        "two",
        ("a",),
        "root (group admins)",
        True,
    )


def test_default_namespaces(path: Path) -> None:
    def configured(context: str) -> tuple[str, ...]:
        return ("mq", "infra") if context == "one" else ()

    assert KubeconfigTarget(str(path), configured=configured).scope.namespaces == ("mq", "infra")
    assert KubeconfigTarget(str(path), "two", configured=configured).scope.namespaces == ()
    assert not KubeconfigTarget(str(path), "two").scope.strict
    named = KubeconfigTarget(str(path), None, ("a",), configured=configured)
    assert (named.scope.namespaces, named.namespaces("one")) == (("a",), ("mq", "infra"))
    everything = KubeconfigTarget(str(path), None, (), configured=configured).scope
    assert (everything.namespaces, everything.strict) == ((), True)


async def test_impersonation_applies_to_every_context(path: Path) -> None:
    target = KubeconfigTarget(str(path), as_user="jane", as_groups=("devs", "ops"))
    assert target.scope.acting_as == "jane (groups devs, ops)"
    config = await target.config()
    assert config.credentials.impersonation == Impersonation("jane", ("devs", "ops"))
    assert target.other("two").credentials.impersonation == Impersonation("jane", ("devs", "ops"), "7")


def test_unset_impersonation_fields_stay_as_in_the_kubeconfig(path: Path) -> None:
    by_user = KubeconfigTarget(str(path), as_user="jane").other("two").credentials.impersonation
    assert by_user == Impersonation("jane", ("admins",), "7")
    by_group = KubeconfigTarget(str(path), "two", as_groups=("devs",)).other("two").credentials.impersonation
    assert by_group == Impersonation("root", ("devs",), "7")


def test_groups_without_a_user_are_rejected(path: Path) -> None:
    with pytest.raises(CannotStart, match="add --as NAME"):
        KubeconfigTarget(str(path), as_groups=("devs",))
