"""Secrets without their values: those are dropped while the answer is decoded."""

from __future__ import annotations

import msgspec

from stsview.live.errors import CannotRead
from stsview.live.on_demand import Document
from stsview.objects.meta import Instant, OwnerReference, Struct

SHOWN = "value is not shown"
"""What stands for every value."""


class _Dropped:
    """A value that was not kept."""


class _Meta(Struct, frozen=True):
    """Without annotations: `kubectl apply` writes all values to one of them."""

    name: str = ""
    namespace: str = ""
    uid: str = ""
    creation_timestamp: Instant | None = None
    deletion_timestamp: Instant | None = None
    labels: dict[str, str] = msgspec.field(default_factory=dict)
    finalizers: tuple[str, ...] = ()
    owner_references: tuple[OwnerReference, ...] = ()


class SecretKeys(Struct, frozen=True):
    """The fields of a Secret that are kept."""

    metadata: _Meta
    type: str = ""
    immutable: bool = False
    data: dict[str, _Dropped] = msgspec.field(default_factory=dict)

    def document(self) -> Document:
        """The object to show. No API server would accept it, so that nothing is overwritten with it by mistake."""
        fields: Document = msgspec.to_builtins(self.metadata)
        shown: Document = {"apiVersion": "v1", "kind": "Secret", "metadata": fields, "type": self.type}
        if self.immutable:
            shown["immutable"] = True
        return {**shown, "keys": dict.fromkeys(sorted(self.data), SHOWN)}


def _drop(type_: type, value: object) -> _Dropped:
    return _Dropped()


DECODER = msgspec.json.Decoder(SecretKeys, dec_hook=_drop)


def keys_only(secret: Document) -> Document:
    """The same of a Secret that a file holds. Raises `CannotRead` for a malformed one."""
    try:
        return msgspec.convert(secret, SecretKeys, dec_hook=_drop).document()
    except msgspec.ValidationError:
        raise CannotRead("the Secret in the files is malformed") from None
