"""The live picture of one cluster: session, reflectors, store and clock joined in one loop.

May import `stsview.cluster`, `stsview.triage`, `stsview.model` and `stsview.objects`.
"""
