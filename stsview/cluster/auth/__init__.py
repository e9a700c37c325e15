"""Credentials: kubeconfig, service account, tokens and exec plugins.

May import `stsview.cluster.config`, `errors` and `tls`. Sends no requests.
"""
