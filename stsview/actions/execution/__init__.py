"""Execution: requests of a confirmed plan, follow-up to its goal, audit log.

May import preflight, requests and the data of plans; not operations.
"""
