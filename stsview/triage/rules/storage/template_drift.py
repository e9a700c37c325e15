"""PVCs that differ from the set's template.

No problem in itself, but PVCs of new ordinals will be different.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stsview.model.action_id import ActionId
from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Danger, Evidence, Finding, Growth, Level, Remedy
from stsview.model.storage.sizes import quantity
from stsview.objects.claim import ClaimSpec
from stsview.objects.quantity import parse_bytes
from stsview.triage.rule import Rule, Situation, kubectl, rule, set_ref
from stsview.triage.support.ordinal_claims import (
    OrdinalClaim,
    claim_ref,
    group_by_cause,
    ordinal_claims,
    ordinals,
    pods_of,
)
from stsview.triage.support.pod_groups import sample

_KIND = "PersistentVolumeClaim"


@rule(
    level=Level.NOTICE,
    title="PVCs differ from the template",
    meaning="An existing PVC is used as it is, whatever the template says, and an expansion of PVCs never changes the "
    "template, which is immutable. New ordinals get PVCs from the template.",
    remedy="No action is required. To expand PVCs to the template's size, raise their requests. To update the "
    "template, recreate the StatefulSet with --cascade=orphan.",
    danger=Danger.DISRUPTIVE,
    source="https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#stable-storage; "
    "pkg/controller/statefulset/stateful_pod_control.go, createPersistentVolumeClaims",
    needs=Situation.DRIFTED_CLAIM,
)
def claims_differ_from_template(case: RuleInput) -> Iterator[Finding]:
    if case.facts.set.metadata.deletion_timestamp is not None:
        return
    drifted = ordinal_claims(case, such=lambda view: bool(view.drift))
    for (template, phrases), group in group_by_cause(drifted, lambda one: (one.view.template, one.view.drift)).items():
        many = len(group) > 1
        what = "PVCs differ" if many else "PVC differs"
        yield claims_differ_from_template.finding(
            claim_ref(case, group[0].name, group[0].claim.metadata.uid) if not many else set_ref(case),
            f"{pods_of(group)}: {what} from template {template}: {'; '.join(phrases)}",
            None,
            _evidence(case, template, group),
            _remedies(case, template, group),
            ordinals=ordinals(group),
            so="new ordinals get PVCs from the template",
        )


def _template(case: RuleInput, name: str) -> ClaimSpec:
    templates = case.facts.set.spec.volume_claim_templates
    return next((one.spec for one in templates if one.metadata.name == name), ClaimSpec())


def _evidence(case: RuleInput, template: str, group: Sequence[OrdinalClaim]) -> Iterator[Evidence]:
    wanted = _fields(_template(case, template))
    found = [(one, _fields(one.claim.spec)) for one in sample(group)]
    for field, value in wanted.items():
        different = [(one, fields[field]) for one, fields in found if fields[field] != value]
        if different:
            yield Evidence(str(set_ref(case)), f"spec.volumeClaimTemplates[{template}].spec.{field}", value)
        for one, has in different:
            yield Evidence(f"{_KIND} {one.name}", f"spec.{field}", has)


def _fields(spec: ClaimSpec) -> dict[str, str]:
    return {
        "resources.requests.storage": spec.resources.requests.get("storage", "absent"),
        "storageClassName": "absent" if spec.storage_class_name is None else spec.storage_class_name or '""',
        "accessModes": ", ".join(sorted(spec.access_modes)) or "absent",
        "volumeMode": spec.volume_mode,
    }


def _remedies(case: RuleInput, template: str, group: Sequence[OrdinalClaim]) -> Iterator[Remedy]:
    yield Remedy("do nothing if the differences are acceptable", Danger.READ_ONLY)
    size = _template(case, template).resources.requests.get("storage", "")
    wanted = parse_bytes(size)
    small = [one for one in group if wanted is not None and (one.view.requested or wanted) < wanted]
    if small and all(one.view.class_state.expandable for one in small):
        first = small[0].name
        request = f'{{"spec":{{"resources":{{"requests":{{"storage":"{size}"}}}}}}}}'
        others = f", then the {'other PVC' if len(small) == 2 else 'other PVCs'}" if len(small) > 1 else ""
        yield Remedy(
            f"expand {first} to {size}{others} (a volume cannot shrink again)",
            Danger.DISRUPTIVE,
            ActionId.GROW,
            kubectl(case, "patch", "pvc", first, "--type=merge", "-p", request),
            growth=Growth(template, size, tuple(ordinals(small))),
        )
    if larger := _larger(case, template, group):
        claims = ordinal_claims(case, such=lambda view: view.template == template)
        first = "grow the PVCs that have less, then " if len(claims) > len(group) else ""
        yield Remedy(
            f"give the template {larger} too: {first}recreate the set without its pods",
            Danger.DISRUPTIVE,
            ActionId.GROW,
            growth=Growth(template, larger, (), with_template=True),
        )
    else:
        yield Remedy(
            "or recreate the StatefulSet with --cascade=orphan and a template that matches the PVCs", Danger.DISRUPTIVE
        )


def _larger(case: RuleInput, template: str, group: Sequence[OrdinalClaim]) -> str:
    """The size to which all PVCs of the template, and the template, can grow; empty where they differ otherwise."""
    wanted = parse_bytes(_template(case, template).resources.requests.get("storage", ""))
    claims = ordinal_claims(case, such=lambda view: view.template == template)
    largest = max((one.view.requested or 0 for one in claims), default=0)
    same = all(len(one.view.drift) == 1 and (one.view.requested or 0) > (wanted or 0) for one in group)
    possible = all(one.view.class_state.expandable or one.view.size == largest for one in claims)
    return quantity(largest) if wanted is not None and same and possible else ""


RULES: tuple[Rule, ...] = (claims_differ_from_template,)
