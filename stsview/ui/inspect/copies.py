"""Texts that can be copied from a row, each with a label."""

from __future__ import annotations

from collections.abc import Sequence

from stsview.model.finding import Finding
from stsview.model.views import OrdinalView, SetView
from stsview.objects.meta import bare
from stsview.ui.kit.choosers.copy_chooser import Copies
from stsview.ui.kit.look.roles import Spans, plain
from stsview.ui.kit.table.rows import Cell


def copies_of_set(view: SetView, row: Sequence[Cell]) -> Copies:
    """From a row of the fleet."""
    copies = [("name", view.name), ("namespace/name", str(bare(view.key)))]
    host = next((ordinal.dns.name for ordinal in view.ordinals if ordinal.dns.name), "")
    if service := host.partition(".")[2]:
        copies.append(("DNS name of the Service", service))
        copies.append(("DNS name of the first pod", host))
    copies.append(("row", line_text(row)))
    return copies


def copies_of_finding(finding: Finding) -> Copies:
    """From a finding: headline, commands of its remedies, evidence."""
    copies = [("headline", finding.headline), ("object", finding.object.name)]
    copies += [("command", remedy.command) for remedy in finding.remedies if remedy.command]
    copies += [("evidence", f"{one.object} {one.field}: {one.value}") for one in finding.evidence]
    return copies


def copies_of_ordinal(view: SetView, ordinal: OrdinalView, row: Sequence[Cell]) -> Copies:
    """From a row of a set: pod, DNS name, PVCs, volumes, node, and the row."""
    copies = [("pod", ordinal.name)]
    if ordinal.dns.name:
        copies.append(("DNS name", ordinal.dns.name))
    for claim in ordinal.all_claims:
        copies.append(("PVC", claim.name))
        if claim.volume:
            copies.append(("volume", claim.volume))
    fields = (
        ("node", ordinal.node),
        ("pod IP", ordinal.pod_ip),
        ("pod uid", ordinal.uid or ""),
        ("revision", ordinal.revision),
    )
    copies += [(label, text) for label, text in fields if text]
    copies.append(("set", str(bare(view.key))))
    copies.append(("row", line_text(row)))
    return copies


def line_text(row: Sequence[Spans]) -> str:
    """A row as text, its cells separated by two spaces."""
    return "  ".join(text for cell in row if (text := plain(cell).strip()))
