"""Requests to one API server: session, transport, write gate, server time, and the errors of answers.

May import `stsview.cluster.auth` and what lies at the top of `stsview.cluster`.
"""
