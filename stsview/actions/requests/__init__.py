"""Requests: guarded patches, their outcome, and the commands that plans show.

May import the data of plans; not preflight, execution or operations.
"""
