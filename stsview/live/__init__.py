"""The live picture of one cluster: one loop over session, streams and store.

May import `stsview.cluster`, `stsview.triage`, `stsview.model` and `stsview.objects`.
"""
