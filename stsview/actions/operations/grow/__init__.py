"""Grow the storage of a set: expand its claims, then its claim template.

Kubernetes does neither for a StatefulSet: volumeClaimTemplates cannot be changed, and existing claims are used as they
are.
"""
