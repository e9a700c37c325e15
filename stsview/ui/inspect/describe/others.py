"""Describe sheets of what a set names: ConfigMaps, Secrets, and objects of other kinds, such as its owner."""

from __future__ import annotations

from stsview.live.on_demand import Description
from stsview.text.numbers import count
from stsview.ui.inspect.describe.common import conditions, lifecycle_fields, other_section
from stsview.ui.inspect.describe.writer import DescribeWriter, styled
from stsview.ui.inspect.json_value import JsonValue
from stsview.ui.kit.look.roles import Role


def describe_config_map(writer: DescribeWriter, config: JsonValue, description: Description) -> None:
    """Its keys with their text; of binary values, the keys alone."""
    writer.fields([_immutable(config), *lifecycle_fields(writer, config)])
    data = config.pairs("data")
    writer.heading("data", styled(count(len(data), "key"), Role.DIM))
    for name, value in data:
        writer.text(styled(name, Role.BRIGHT), 2)
        # As it is: configuration depends on its indentation.
        writer.lines += [styled(f"    {line.expandtabs()}") for line in value.text().splitlines()]
    for name, _ in config.pairs("binaryData"):
        writer.text(((name, Role.BRIGHT), ("  binary", Role.DIM)), 2)
    other_section(writer, config)


def describe_secret(writer: DescribeWriter, secret: JsonValue, description: Description) -> None:
    """The names of its keys; values are not kept."""
    writer.fields([("type", styled(secret.text("type"))), _immutable(secret), *lifecycle_fields(writer, secret)])
    keys = secret.pairs("keys")
    writer.heading("keys", styled(count(len(keys), "key"), Role.DIM))
    for name, value in keys:
        writer.text(((name, Role.BRIGHT), (f"  {value.text()}", Role.DIM)), 2)
    other_section(writer, secret)


def describe_other(writer: DescribeWriter, tree: JsonValue, description: Description) -> None:
    """What objects of every kind have; their YAML has the rest."""
    status = tree.at("status")
    simple = [(name, styled(value.text())) for name, value in status.pairs() if value.text()]
    writer.fields(
        [
            ("kind", styled(f"{tree.text('kind')}  {tree.text('apiVersion')}", Role.BRIGHT)),
            *lifecycle_fields(writer, tree),
        ]
    )
    if simple:
        writer.heading("status")
        writer.fields(simple, 2)
    conditions(writer, tree)
    other_section(writer, tree)


def _immutable(tree: JsonValue) -> tuple[str, tuple[tuple[str, Role], ...]]:
    return "immutable", styled("yes" if tree.is_true("immutable") else "")
