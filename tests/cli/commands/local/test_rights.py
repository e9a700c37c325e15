"""`stsview rights`: where the roles apply, who gets them, and bad input."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from stsview.cli.main import main
from stsview.model.rights import OPTIONAL, TASKS


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> list[dict[str, Any]]:
    assert main(["rights", *words]) == 0
    return list(yaml.safe_load_all(capsys.readouterr().out))


def resources(role: dict[str, Any]) -> set[str]:
    return {one for rule in role["rules"] for one in rule["resources"]}


def test_in_namespaces_only_what_is_in_none_is_granted_in_the_cluster(capsys: pytest.CaptureFixture[str]) -> None:
    who = ("--user", 'ja"ne: #1', "--group", "dba", "--serviceaccount", "ops:bot")
    documents = printed(capsys, "--for", "scale", "cordon", "-n", "data,mq", *who)
    places = [(one["kind"], one["metadata"].get("namespace", "")) for one in documents]
    roles = [("ClusterRole", ""), ("Role", "kube-node-lease"), ("Role", "data"), ("Role", "mq")]
    assert places == [pair for kind, place in roles for pair in ((kind, place), (f"{kind}Binding", place))]
    cluster, _, leases, _, data, _, mq, _ = documents
    assert resources(cluster) == {"nodes", "persistentvolumes", "storageclasses", "volumeattachments", "namespaces"}
    assert {"apiGroups": [""], "resources": ["nodes"], "verbs": ["patch"]} in cluster["rules"]
    assert resources(leases) == {"leases"}
    assert {"pods", "statefulsets", "statefulsets/scale", "pods/log"} < resources(data)
    assert not resources(data) & (resources(cluster) | resources(leases))
    assert data["rules"] == mq["rules"]
    for role, binding in zip(documents[::2], documents[1::2], strict=True):
        api = "rbac.authorization.k8s.io"
        assert role["metadata"]["name"] == binding["metadata"]["name"] == "stsview-scale-cordon"
        assert binding["roleRef"] == {"apiGroup": api, "kind": role["kind"], "name": "stsview-scale-cordon"}
        assert binding["subjects"] == [
            {"kind": "User", "name": 'ja"ne: #1', "apiGroup": api},
            {"kind": "Group", "name": "dba", "apiGroup": api},
            {"kind": "ServiceAccount", "name": "bot", "namespace": "ops"},
        ]


def test_all_is_every_change_but_what_reaches_far(capsys: pytest.CaptureFixture[str]) -> None:
    (role,) = printed(capsys, "--for", "all", "--name", "ops")
    assert role["metadata"]["name"] == "ops"
    assert {"pods/exec", "pods/eviction", "resourcequotas"} < resources(role)
    assert not {"secrets", "configmaps", "nodes/proxy"} & resources(role)
    main(["rights", "--for", "all"])
    assert "--for all volumes configmaps secrets includes them too" in capsys.readouterr().out
    (role,) = printed(capsys, "--for", "all", *(task.name for task in OPTIONAL))
    assert {"secrets", "configmaps", "nodes/proxy"} < resources(role)
    main(["rights", "--list"])
    text = capsys.readouterr().out
    assert all(
        task.name in text for task in TASKS if task.name not in ("read", "leases", "namespaces", "logs", "usage")
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--for scalee", "unknown task 'scalee'; did you mean scale?"),
        ("--for zzz", "unknown task 'zzz'; list all with `stsview rights --list`"),
        ("-n Data", "'Data' is not a valid namespace: "),
        ("--name A_B", "'A_B' cannot be the name of a role: "),
        ("--serviceaccount bot", "--serviceaccount must be NAMESPACE:NAME, as in monitoring:stsview (got 'bot')"),
        ("--user=", "the name of a user is empty"),
    ],
)
def test_bad_input_is_one_line(capsys: pytest.CaptureFixture[str], words: str, message: str) -> None:
    assert (
        main(["rights", *words.split(" ", 1)]) == 2 if not words.startswith("--user") else main(["rights", words]) == 2
    )
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(f"stsview: {message}")
    assert len(captured.err.splitlines()) == 1
