"""Frames of the port-forward protocol, and the lines for its errors."""

from __future__ import annotations

import pytest

from stsview.cluster.port_forward.channels import Channels, refusal


@pytest.mark.parametrize("parts", [[b"\x00\x90\x1fab"], [b"\x00\x90", b"\x00\x1fab"], [b"\x00\x90\x1f", b"\x00ab"]])
def test_the_port_before_the_data_is_left_out(parts: list[bytes]) -> None:
    channels = Channels()
    assert (
        b"".join(channels.split(part)[1] for part in [*parts, b"\x00\x90\x1f", b"", b"\x01\x90\x1f"]) == b"ab\x90\x1f"
    )
    assert channels.split(b"\x01why") == (1, b"why")


def test_errors_are_one_line_without_the_layers_that_passed_them_on() -> None:
    refused = b"error forwarding port 9 to pod 1f, uid : failed to connect to localhost:9: connection refused IPv6 ..."
    assert refusal(refused, "a-0", 9) == "a-0 refused the connection: nothing listens on localhost:9 in the pod"
    hostile = b"error forwarding port 9 to pod 1f, uid : \x1b]0;owned\x07 sandbox\nis \xff gone"
    assert refusal(hostile, "a-0", 9) == "connection to a-0:9 failed: ]0;owned sandbox is � gone"
