"""Frames of the exec protocol, and how a command ended by its Status."""

from __future__ import annotations

import json
from typing import Any

import pytest

from stsview.cluster.exec.channels import CLOSE, STDIN, Frame, close_frame, end_of, frame, resize_frame, split
from stsview.objects.exec_messages import ExecEnd, ExecResult

STARTED = "Internal error occurred: error executing command in container: failed to exec in container: failed to start "
RUNC = STARTED + 'exec "ab12": OCI runtime exec failed: exec failed: unable to start container process: exec: '


def test_frames() -> None:
    assert frame(STDIN, b"\x00\xff") == b"\x00\x00\xff"
    assert split(b"\x02oh no") == Frame(2, b"oh no")
    assert split(b"") == Frame(1, b"")
    assert close_frame(STDIN) == bytes((CLOSE, 0))
    assert resize_frame(80, 24) == b'\x04{"Width":80,"Height":24}'


@pytest.mark.parametrize(
    ("status", "end"),
    [
        ({"status": "Success"}, ExecEnd(ExecResult.EXITED, 0)),
        (
            {
                "status": "Failure",
                "reason": "NonZeroExitCode",
                "message": "command terminated with non-zero exit code",
                "details": {"causes": [{"reason": "ExitCode", "message": "137"}]},
            },
            ExecEnd(ExecResult.EXITED, 137),
        ),
        (
            {"status": "Failure", "message": RUNC + '"bash": executable file not found in $PATH: unknown'},
            ExecEnd(ExecResult.NOT_STARTED, 127, 'exec: "bash": executable file not found in $PATH'),
        ),
        (
            {"status": "Failure", "message": RUNC + '"/etc/hosts": permission denied: unknown'},
            ExecEnd(ExecResult.NOT_STARTED, 126, 'exec: "/etc/hosts": permission denied'),
        ),
        (
            {
                "status": "Failure",
                "message": 'Internal error occurred: unable to upgrade connection: container not found ("a")',
            },
            ExecEnd(ExecResult.NOT_STARTED, None, 'container not found ("a")'),
        ),
        (
            {"status": "Failure", "message": "Internal error occurred: error dialing backend: no route to host\x1b[2J"},
            ExecEnd(ExecResult.NOT_STARTED, None, "error dialing backend: no route to host [2J"),
        ),
    ],
)
def test_how_a_command_ended(status: dict[str, Any], end: ExecEnd) -> None:
    assert end_of(json.dumps(status).encode()) == end


@pytest.mark.parametrize("data", [b"broken pipe", b"\xff\xfe", b"[]", b'{"details":3}', b""])
def test_an_end_without_a_status_is_quoted(data: bytes) -> None:
    end = end_of(data)
    assert (end.result, end.code) == (ExecResult.NOT_STARTED, None)
    assert end.problem
