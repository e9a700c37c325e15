"""`stsview status`: one set as text and as JSON."""

from __future__ import annotations

import json

import pytest

from stsview.cli.commands.status import as_text
from stsview.cli.output.console import Console
from stsview.cli.output.document import document, to_json
from stsview.cli.support.select_sets import SetSelection, select_sets
from tests.live.conftest import Rig
from tests.support.cli.checking import check_scenario


async def test_a_set_is_shown_with_its_pods_and_findings(rig: Rig, capsys: pytest.CaptureFixture[str]) -> None:
    report = await check_scenario(rig, "broken-rollout")
    (view,) = select_sets(report.snapshot, SetSelection())
    as_text(view, report.snapshot.now, Console())
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"{view.key}  stuck"
    (broken,) = [line for line in lines if line.startswith("2 ")]
    assert "ImagePullBackOff" in broken
    assert view.findings[0].headline in "\n".join(lines)

    content = json.loads(to_json(document("SetStatus", report.snapshot, set=view)))
    assert content["set"]["severity"] == "stuck"
    assert content["set"]["ordinals"][2]["state"]["word"] == "ImagePullBackOff"
