"""Sizes of the claims of a set, for those who ask for another."""

from __future__ import annotations

from stsview.model.views import SetView
from stsview.objects.quantity import format_bytes, parse_bytes


def claim_templates(view: SetView) -> list[str]:
    """Names of the claim templates of a set, in their order; none where it has no ordinals."""
    first = next((row for row in view.ordinals if row.expected), None)
    return [claim.template for claim in first.claims if claim.template] if first is not None else []


def shown_sizes(view: SetView, template: str) -> str:
    """The sizes of the claims of a template: `10 Gi`, or `10 Gi to 20 Gi`; empty where none is known."""
    claims = (claim for row in view.ordinals if row.expected for claim in row.claims)
    sizes = sorted({claim.size for claim in claims if claim.template == template and claim.size is not None})
    return " to ".join(" ".join(format_bytes(size)) for size in (sizes[:1] + sizes[1:][-1:]))


def parse_size(text: str) -> str:
    """A Kubernetes quantity of at least one byte, as it was written.

    Raises ValueError, with a message for the user.
    """
    if (parse_bytes(text) or 0) < 1:
        raise ValueError("write a size, as in 20Gi or 500Mi")
    return text.strip()


def quantity(size: int) -> str:
    """The shortest quantity that is exactly so many bytes."""
    written = "".join(format_bytes(size))
    return written if parse_bytes(written) == size else str(size)
