"""Execution: sends the requests of a confirmed plan, follows the set to the goal, and writes the audit log.

May import preflight, requests and the data of plans; not operations.
"""
