"""Well-known label, annotation and taint keys.

Source: kubernetes.io/docs/reference/labels-annotations-taints.
"""

from __future__ import annotations

ZONE = "topology.kubernetes.io/zone"
REGION = "topology.kubernetes.io/region"
SELECTED_NODE = "volume.kubernetes.io/selected-node"
"""On a PersistentVolumeClaim: the node of the pod that will use it."""
UNREACHABLE = "node.kubernetes.io/unreachable"
OUT_OF_SERVICE = "node.kubernetes.io/out-of-service"
"""A taint that an operator sets after verifying that the node is shut down."""
