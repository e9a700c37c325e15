"""The base of views, findings and the records that they are derived from."""

from __future__ import annotations

from typing import ClassVar

import msgspec


class Record(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """An immutable record, equal to another one of its class with equal fields.

    A fleet holds hundreds of thousands of them. A struct costs a fraction of a frozen dataclass to make and to compare,
    and the garbage collector does not track it: a view must therefore never contain itself. Encoded, it is an array of
    its fields, without their names.
    """

    not_in_documents: ClassVar[frozenset[str]] = frozenset()
    """Names of the fields that serve decisions in the code only: JSON documents omit them."""
