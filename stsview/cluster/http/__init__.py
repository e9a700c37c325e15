"""Requests to one API server, and the errors of its answers.

May import `stsview.cluster.auth` and what lies at the top of `stsview.cluster`.
"""
