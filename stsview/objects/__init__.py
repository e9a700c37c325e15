"""Typed structs for Kubernetes objects: only the fields that are read.

May import nothing of stsview. Does no I/O.
"""
