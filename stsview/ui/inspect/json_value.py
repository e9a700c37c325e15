"""Tolerant access to JSON: missing fields and unexpected types read as empty."""

from __future__ import annotations

from datetime import datetime


class JsonValue:
    """A JSON value and its fields.

    Missing fields and unexpected types give empty results, never errors.
    """

    def __init__(self, value: object) -> None:
        self.value = value

    def at(self, *path: str) -> JsonValue:
        """The value at a path of field names."""
        value = self.value
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        return JsonValue(value)

    def exists(self, *path: str) -> bool:
        """Whether the value is set, even to an empty one; null is unset, as in Kubernetes."""
        return self.at(*path).value is not None

    def text(self, *path: str) -> str:
        """A scalar as text; empty for any other type."""
        value = self.at(*path).value
        if isinstance(value, bool):
            return "true" if value else "false"
        return str(value) if isinstance(value, str | int | float) else ""

    def number(self, *path: str) -> int | None:
        value = self.at(*path).value
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def is_true(self, *path: str) -> bool:
        return self.at(*path).value is True

    def time(self, *path: str) -> datetime | None:
        """An RFC 3339 time; None when it is not one, or has no time zone."""
        value = self.at(*path).value
        if not isinstance(value, str):
            return None
        try:
            instant = datetime.fromisoformat(value)
        except ValueError:
            return None
        return instant if instant.tzinfo is not None else None

    def items(self, *path: str) -> list[JsonValue]:
        """The elements of a list; empty for any other type."""
        value = self.at(*path).value
        return [JsonValue(one) for one in value] if isinstance(value, list) else []

    def texts(self, *path: str) -> list[str]:
        """The scalar elements of a list, as text."""
        return [text for one in self.items(*path) if (text := one.text())]

    def pairs(self, *path: str) -> list[tuple[str, JsonValue]]:
        """The fields of an object, in order."""
        value = self.at(*path).value
        return [(str(name), JsonValue(one)) for name, one in value.items()] if isinstance(value, dict) else []
