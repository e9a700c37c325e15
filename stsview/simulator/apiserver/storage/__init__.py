"""Stored objects: versions, history, lists, deletion, field ownership.

May import validation and what is below it; no HTTP.
"""
