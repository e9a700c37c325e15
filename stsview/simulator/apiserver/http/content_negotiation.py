"""Representations of an object: complete, metadata only, or a table row."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from stsview.simulator.apiserver.errors import ApiError

_SUPPORTED = (
    "only the following media types are accepted: application/json, application/yaml, "
    "application/vnd.kubernetes.protobuf"
)


class Representation(Enum):
    """What a response carries of each object."""

    WHOLE = "whole"
    METADATA = "metadata"
    TABLE = "table"


@dataclass(frozen=True)
class MediaTypeOptions:
    """The negotiated representation, and its parameters."""

    representation: Representation = Representation.WHOLE
    include: str = "Metadata"
    """What a table's rows carry: `None`, `Metadata` or `Object` (the `includeObject` parameter)."""


WHOLE = MediaTypeOptions()


def negotiate(accept: str, include: str = "") -> MediaTypeOptions:
    """The first served media type of an Accept header. Raises `ApiError` 406.

    Protobuf is never served, although the error names it as the real server's does: every client that asks for it
    accepts JSON as well.
    """
    for choice in accept.split(",") if accept else ("*/*",):
        media, *parameters = (part.strip() for part in choice.split(";"))
        if media not in ("application/json", "application/*", "*/*"):
            continue
        wanted = dict(parameter.split("=", 1) for parameter in parameters if "=" in parameter)
        match wanted.get("as"):
            case None:
                return WHOLE
            case "Table":
                return MediaTypeOptions(Representation.TABLE, include or "Metadata")
            case "PartialObjectMetadata" | "PartialObjectMetadataList":
                return MediaTypeOptions(Representation.METADATA)
    raise ApiError(406, "NotAcceptable", _SUPPORTED)
