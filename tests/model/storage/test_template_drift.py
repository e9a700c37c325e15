from __future__ import annotations

import pytest

from stsview.model.storage.template_drift import drift_of
from stsview.objects.claim import ClaimSpec, Resources


def spec(size: str = "10Gi", storage_class: str | None = "fast", **fields: object) -> ClaimSpec:
    return ClaimSpec(
        resources=Resources(requests={"storage": size}),
        storage_class_name=storage_class,
        **{"access_modes": ("ReadWriteOnce",), **fields},  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("claim", "drift"),
    [
        (spec(), ()),
        (spec("10240Mi"), ()),
        (spec("20Gi"), ("size: template has 10 Gi",)),
        (spec("no size"), ()),
        (spec(storage_class="slow"), ("class: template has fast",)),
        (spec(storage_class=None), ("class: template has fast",)),
        (spec(access_modes=("ReadWriteMany",)), ("access modes: template has ReadWriteOnce",)),
        (spec(volume_mode="Block"), ("volume mode: template has Filesystem",)),
        (spec("20Gi", "slow"), ("size: template has 10 Gi", "class: template has fast")),
    ],
)
def test_differences_of_a_claim_from_its_template(claim: ClaimSpec, drift: tuple[str, ...]) -> None:
    assert drift_of(claim, spec()) == drift


def test_a_template_without_a_class_accepts_any() -> None:
    assert drift_of(spec(), spec(storage_class=None)) == ()
    assert drift_of(spec(), spec(storage_class="")) == ("class: template has none",)
