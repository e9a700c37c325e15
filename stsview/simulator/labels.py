"""Well-known names on objects (kubernetes.io/docs/reference/labels-annotations-taints)."""

from __future__ import annotations

ZONE = "topology.kubernetes.io/zone"
REGION = "topology.kubernetes.io/region"
SELECTED_NODE = "volume.kubernetes.io/selected-node"
"""On a claim: the node whose pod it is to serve."""
UNREACHABLE = "node.kubernetes.io/unreachable"
OUT_OF_SERVICE = "node.kubernetes.io/out-of-service"
"""A taint set by hand: the machine is verified to be off."""
