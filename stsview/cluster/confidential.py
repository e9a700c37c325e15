"""The base of values that hold secrets."""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec


class Confidential(msgspec.Struct, frozen=True):
    """An immutable struct whose secrets no text shows: neither `repr`, nor a traceback with local variables."""

    hidden: ClassVar[frozenset[str]] = frozenset()
    """Names of the fields that are left out."""

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [(name, getattr(self, name)) for name in self.__struct_fields__ if name not in self.hidden]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self.__rich_repr__())})"
