"""`stsview grow`: what may be asked for on the command line."""

from __future__ import annotations

import pytest

from stsview.cli.arguments.parser import parser
from stsview.objects.quantity import parse_bytes


@pytest.mark.parametrize("size", ["20Gi", "500Mi", "1.5Ti", "20G", "0.5Gi", "1073741824", "900k"])
def test_sizes_are_quantities(size: str) -> None:
    found = parser().parse_args(["grow", "kafka", "--size", size])
    assert found.size == size
    assert parse_bytes(found.size)


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("--size", "20GB"), "--size must be a size, as in 20Gi or 500Mi (got '20GB')"),
        (("--size", "0Gi"), "--size must be a size, as in 20Gi or 500Mi (got '0Gi')"),
        (("--size=-5Gi",), "--size must be a size, as in 20Gi or 500Mi (got '-5Gi')"),
        (("--size", "1e3"), "--size must be a size, as in 20Gi or 500Mi (got '1e3')"),
        (("--size", "20Gi", "--parallel", "0"), "--parallel must be a number from 1 to 100000 (got '0')"),
        (("--size", "20Gi", "--ordinals", "x"), "--ordinals: not an ordinal or range: x (write 0,2 or 3-5)"),
        ((), "grow requires --size, as in --size 20Gi (or --continue)"),
        (("--continue", "--template"), "--template cannot be used with --continue, which keeps the original options"),
    ],
)
def test_bad_input_is_one_line(words: tuple[str, ...], error: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        parser().parse_args(["grow", "kafka", *words])
    assert left.value.code == 2
    assert capsys.readouterr().err == f"stsview: {error} (see: stsview grow --help)\n"
