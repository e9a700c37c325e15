"""The differences of two pod templates in a few words."""

from __future__ import annotations

from typing import Any

from stsview.model.rollout.template_changes import changes_in_brief, same_template, template_changes

Template = dict[str, Any]


def template(image: str = "a:1", **more: Any) -> Template:
    return {
        "metadata": {"labels": {"app": "a"}, "creationTimestamp": None},
        "spec": {"containers": [{"name": "a", "image": image, **more}]},
    }


def test_null_and_patch_marks_are_no_difference() -> None:
    recorded = {**template(), "$patch": "replace"}
    bare = {"metadata": {"labels": {"app": "a"}}, "spec": {"containers": [{"name": "a", "image": "a:1"}]}}
    assert same_template(recorded, bare)
    assert template_changes(recorded, bare) == ()
    assert not same_template(recorded, template("a:2"))


def test_images_are_listed_and_other_fields_counted() -> None:
    assert template_changes(template(), template("a:2")) == ("a: a:1 -> a:2",)
    env = template("a:2", env=[{"name": "A", "value": "1"}])
    assert template_changes(template(), env) == (
        "a: a:1 -> a:2",
        "2 other fields of the template differ: spec.containers[a].env[A].name and spec.containers[a].env[A].value",
    )
    restarted = template()
    restarted["metadata"]["annotations"] = {"kubectl.kubernetes.io/restartedAt": "now"}
    (told,) = template_changes(restarted, template())
    assert told == "1 field of the template differs: metadata.annotations.kubectl.kubernetes.io/restartedAt"
    assert changes_in_brief(restarted, template()) == ("1 field",)
    assert changes_in_brief(template("r.io:5000/a:1"), env) == ("a: r.io:5000/a:1 -> a:2", "2 other fields")
    assert changes_in_brief(template("r.io:5000/a:1"), template("r.io:5000/a:2")) == ("a: image 1 -> 2",)


def test_added_and_removed_containers() -> None:
    more = template()
    more["spec"]["initContainers"] = [{"name": "init", "image": "i:1", "args": ["x"]}]
    assert template_changes(template(), more) == ("container init added",)
    assert template_changes(more, template()) == ("container init removed",)


def test_the_order_of_containers_is_a_difference() -> None:
    one, two = {"name": "a", "image": "a"}, {"name": "b", "image": "b"}
    before, after = ({"spec": {"containers": order}} for order in ([one, two], [two, one]))
    assert not same_template(before, after)
    assert template_changes(before, after) == ("container order changed",)


def test_hostile_text_stays_on_one_line_and_odd_templates_raise_nothing() -> None:
    (told,) = template_changes(template("a\n1"), template("b\n2"))
    assert told == "a: a 1 -> b 2"
    assert template_changes({}, {"spec": {"containers": None}}) == ()
    assert template_changes({}, {}) == ()
