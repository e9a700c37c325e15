"""Changes of a cluster: plan, preflight, confirmation, requests, follow-up, audit.

May import live, triage, text, model, cluster and objects; imports no screen. `service` is the way in.
"""
