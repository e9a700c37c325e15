"""What changes a cluster: plan, preflight checks, confirmation, guarded requests, follow-up and audit log.

May import live, triage, text, model, cluster and objects; imports no screen. `service` is the way in.
"""
