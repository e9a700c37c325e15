"""Schema, defaults, admission and validation of objects.

May import errors, kinds and selectors; no storage: it sees the cluster as `ClusterState`.
"""
