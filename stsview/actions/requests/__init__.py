"""Requests: guarded patches, what became of a request, and the commands shown beside a plan.

May import the data of plans; not preflight, execution or operations.
"""
