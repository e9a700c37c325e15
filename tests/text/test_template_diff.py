"""The diff between two revisions."""

from __future__ import annotations

import json

import msgspec

from stsview.model.rollout.detail import RevisionView
from stsview.objects.statefulset import RecordedRevision
from stsview.text.template_diff import diff, template_lines
from tests.support.paths import ANSWERS

ANSWER = ANSWERS / "controllerrevisions-ok.json"


def recorded() -> dict[int, RevisionView]:
    """The recorded revisions of a real set by number: as created, with a bad image, and corrected."""
    items = json.loads(ANSWER.read_text())["answer"]["items"]
    revisions = [msgspec.convert(item, RecordedRevision) for item in items]
    return {r.revision: RevisionView(r.metadata.name, r.revision, None, r.data, r.template) for r in revisions}


def revision(container: object) -> RevisionView:
    return RevisionView("web-a", 1, None, {}, {"$patch": "replace", "spec": {"containers": [container]}})


def test_changes_have_context_and_a_path() -> None:
    history = recorded()
    assert [line.plain for line in diff(history[1], history[3])] == [
        "@@ -1,10 +1,13 @@ metadata.annotations",
        " metadata:",
        "+  annotations:",
        "+    kubectl.kubernetes.io/restartedAt: '2026-11-22T20:49:47Z'",
        "+    test/crash-ordinals: '1'",
        "   labels:",
        "     app: zk",
        " spec:",
        "   containers:",
        "   - name: kubernetes-zookeeper",
        "-    image: registry.k8s.io/kubernetes-zookeeper:1.0-3.4.10",
        "+    image: registry.k8s.io/kubernetes-zookeeper:BAD",
        "     imagePullPolicy: IfNotPresent",
        "     ports:",
        "     - name: client",
    ]
    assert diff(history[4], history[4]) == []
    assert not any("$patch" in line for line in template_lines(history[1]))


def test_key_order_is_ignored_and_multiline_texts_are_compared_by_line() -> None:
    script = "set -e\nx: no key\n- no item\n"
    before = revision({"name": "app", "args": [script, "b"], "image": "web:1"})
    after = revision({"image": "web:1", "args": [script.replace("-e", "-ex"), "b"], "name": "app"})
    assert [line.plain for line in diff(before, after)] == [
        "@@ -3,7 +3,7 @@ spec.containers[app].args[0]",
        "   - name: app",
        "     args:",
        "     - |",
        "-      set -e",
        "+      set -ex",
        "       x: no key",
        "       - no item",
        "     - b",
    ]
    again = revision({"args": [script, "c"], "image": "web:1", "name": "app"})
    assert diff(before, again)[0].text == "spec.containers[app].args[1]"
