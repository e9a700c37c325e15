"""Objects without what may be secret, for a file that leaves the machine."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from typing import Any

from stsview.cluster.auth.redaction import HIDDEN, is_sensitive, redact, redact_named
from stsview.live.on_demand import Document

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"

_OURS = ("kubernetes.io", "k8s.io", "stsview.io")
"""Domains of annotations that Kubernetes and stsview write, which hold no secrets."""

_OPTIONS = frozenset({"options", "parameters", "volumeAttributes"})
"""Settings of storage drivers, by name."""


_OPTION = re.compile(r"(--?[\w-]+)(\s+)([^\s-]\S*)")
_OPTION_ALONE = re.compile(r"--?[\w-]+")


def _without_value(match: re.Match[str]) -> str:
    return f"{match[1]}{match[2]}{HIDDEN}" if is_sensitive(match[1]) else match[0]


class Redactor:
    """Removes values of environment variables and headers, and whatever looks like a credential.

    Equal values have the same mark, `[hidden 5c0f1e]`, so that it can still be seen whether a value changed from one
    revision to the next. The marks are made with a random key that is not kept: they tell nothing else of the value.
    """

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self.hidden = 0
        """How many values were changed."""

    def redacted(self, document: Document) -> Document:
        """A copy of an object; `fieldsV1`, which has names only, is kept as it is."""
        copy: Document = self._value(document)
        return copy

    def _value(self, value: Any, name: str = "") -> Any:
        if isinstance(value, dict):
            return self._fields(value, name)
        if isinstance(value, list):
            if name in ("command", "args"):
                return self._words(value)
            if name in ("env", "httpHeaders"):
                return [self._variable(item) for item in value]
            return [self._value(item) for item in value]
        return self._quoted(value) if isinstance(value, str) else value

    def _fields(self, fields: dict[str, Any], name: str) -> dict[str, Any]:
        if name == "fieldsV1":
            return fields
        if name == "annotations":
            return {key: self._annotation(key, value) for key, value in fields.items() if key != LAST_APPLIED}
        if name in _OPTIONS:
            return {key: self._option(key, value) for key, value in fields.items()}
        return {key: self._value(value, key) for key, value in fields.items()}

    def _words(self, words: list[Any]) -> list[Any]:
        """The words of a command line; what follows an option such as `--password` is hidden."""
        redacted: list[Any] = []
        is_secret = False
        for word in words:
            if not isinstance(word, str):
                redacted.append(self._value(word))
            elif is_secret and not word.startswith("-"):
                redacted.append(self._hide(word))
            else:
                redacted.append(self._marked(word, _OPTION.sub(_without_value, redact(word))))
            is_secret = isinstance(word, str) and bool(_OPTION_ALONE.fullmatch(word)) and is_sensitive(word)
        return redacted

    def _option(self, name: str, value: Any) -> Any:
        return self._hide(value) if is_sensitive(name) else self._value(value)

    def _variable(self, variable: Any) -> Any:
        if isinstance(variable, dict) and variable.get("value"):
            return {**variable, "value": self._hide(variable["value"])}
        return variable

    def _annotation(self, name: str, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if name.partition("/")[0].endswith(_OURS):
            return self._quoted(value)
        # Whole objects may be in it.
        return self._hide(value) if value.lstrip()[:1] in ("{", "[") else self._text(value)

    def _text(self, text: str) -> str:
        return self._marked(text, redact(text))

    def _quoted(self, text: str) -> str:
        return self._marked(text, redact_named(text))

    def _marked(self, text: str, redacted: str) -> str:
        if redacted == text:
            return text
        self.hidden += 1
        return redacted.replace(HIDDEN, self._mark(text))

    def _hide(self, value: Any) -> str:
        self.hidden += 1
        return self._mark(value if isinstance(value, str) else repr(value))

    def _mark(self, text: str) -> str:
        digest = hmac.new(self._key, text.encode(errors="surrogatepass"), hashlib.sha256).hexdigest()
        return f"{HIDDEN[:-1]} {digest[:6]}]"
