"""JSON of a cluster, taken as it comes: what is missing or of another type than it should be is simply not there."""

from __future__ import annotations

from datetime import datetime


class JsonValue:
    """A value and what is below it. Asking for what is not there gives empty answers, never errors."""

    def __init__(self, value: object) -> None:
        self.value = value

    def at(self, *path: str) -> JsonValue:
        """The value at the end of a path of field names."""
        value = self.value
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        return JsonValue(value)

    def there(self, *path: str) -> bool:
        """Whether there is anything at all, be it empty; null is nothing, as for Kubernetes."""
        return self.at(*path).value is not None

    def text(self, *path: str) -> str:
        """A scalar as Kubernetes writes it; empty for anything else."""
        value = self.at(*path).value
        if isinstance(value, bool):
            return "true" if value else "false"
        return str(value) if isinstance(value, str | int | float) else ""

    def number(self, *path: str) -> int | None:
        value = self.at(*path).value
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def true(self, *path: str) -> bool:
        return self.at(*path).value is True

    def time(self, *path: str) -> datetime | None:
        """An instant; None for what is none, or has no time zone."""
        value = self.at(*path).value
        if not isinstance(value, str):
            return None
        try:
            instant = datetime.fromisoformat(value)
        except ValueError:
            return None
        return instant if instant.tzinfo is not None else None

    def items(self, *path: str) -> list[JsonValue]:
        """The elements of a list."""
        value = self.at(*path).value
        return [JsonValue(one) for one in value] if isinstance(value, list) else []

    def texts(self, *path: str) -> list[str]:
        """Those elements of a list that are scalars."""
        return [text for one in self.items(*path) if (text := one.text())]

    def pairs(self, *path: str) -> list[tuple[str, JsonValue]]:
        """The fields of an object, in their order."""
        value = self.at(*path).value
        return [(str(name), JsonValue(one)) for name, one in value.items()] if isinstance(value, dict) else []
