"""What can be copied of what is under the cursor: a word for it, and the text."""

from __future__ import annotations

from collections.abc import Sequence

from stsview.model.finding import Finding
from stsview.model.views import OrdinalView, SetView
from stsview.ui.kit.choosers.copy_chooser import Copies
from stsview.ui.kit.look.roles import Spans, plain
from stsview.ui.kit.table.rows import Cell


def copies_of_set(view: SetView, row: Sequence[Cell]) -> Copies:
    """Of a line of the fleet."""
    copies = [("name", view.name), ("namespace/name", str(view.key))]
    host = next((ordinal.dns.name for ordinal in view.ordinals if ordinal.dns.name), "")
    if service := host.partition(".")[2]:
        copies.append(("DNS name of its Service", service))
        copies.append(("DNS name of its first pod", host))
    copies.append(("line", line_text(row)))
    return copies


def copies_of_finding(finding: Finding) -> Copies:
    """Of a finding: its headline, the commands of its remedies, its evidence."""
    copies = [("headline", finding.headline), ("object", finding.object.name)]
    copies += [("command", remedy.command) for remedy in finding.remedies if remedy.command]
    copies += [("evidence", f"{one.object} {one.field}: {one.value}") for one in finding.evidence]
    return copies


def copies_of_ordinal(view: SetView, ordinal: OrdinalView, row: Sequence[Cell]) -> Copies:
    """Of a line of a set: each link of the chain, and the line."""
    copies = [("pod", ordinal.name)]
    if ordinal.dns.name:
        copies.append(("DNS name", ordinal.dns.name))
    for claim in ordinal.claims:
        copies.append(("claim", claim.name))
        if claim.volume:
            copies.append(("volume", claim.volume))
    facts = (
        ("node", ordinal.node),
        ("pod address", ordinal.pod_ip),
        ("pod uid", ordinal.uid or ""),
        ("revision", ordinal.revision),
    )
    copies += [(word, text) for word, text in facts if text]
    copies.append(("set", str(view.key)))
    copies.append(("line", line_text(row)))
    return copies


def line_text(row: Sequence[Spans]) -> str:
    """A row as text: its cells, two spaces apart."""
    return "  ".join(text for cell in row if (text := plain(cell).strip()))
