"""Requests: guarded patches, what became of a request, and the commands that plans show.

May import the data of plans; not preflight, execution or operations.
"""
