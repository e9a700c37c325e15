"""Differences of an existing claim from its claim template.

An existing claim is used whatever the template says (stateful_pod_control.go, createPersistentVolumeClaims), and an
expansion never changes the template: new ordinals get claims from the unchanged template.
"""

from __future__ import annotations

from collections.abc import Iterator

from stsview.objects.claim import ClaimSpec
from stsview.objects.quantity import format_bytes, parse_bytes


def drift_of(claim: ClaimSpec, template: ClaimSpec) -> tuple[str, ...]:
    """One phrase per difference, as `size: template has 10 Gi`."""
    if (
        claim.resources == template.resources
        and claim.storage_class_name == template.storage_class_name
        and claim.access_modes == template.access_modes
        and claim.volume_mode == template.volume_mode
    ):
        return ()
    return tuple(_differences(claim, template))


def _differences(claim: ClaimSpec, template: ClaimSpec) -> Iterator[str]:
    has, wanted = claim.resources.requests.get("storage", ""), template.resources.requests.get("storage", "")
    if has != wanted:
        size = parse_bytes(wanted)
        if size is not None and parse_bytes(has) not in (None, size):
            yield f"size: template has {' '.join(format_bytes(size))}"
    # A template without a class means the one that was the default when the claim was created.
    if template.storage_class_name is not None and claim.storage_class_name != template.storage_class_name:
        yield f"class: template has {template.storage_class_name or 'none'}"
    if template.access_modes and set(claim.access_modes) != set(template.access_modes):
        yield f"access modes: template has {', '.join(template.access_modes)}"
    if claim.volume_mode != template.volume_mode:
        yield f"volume mode: template has {template.volume_mode}"
