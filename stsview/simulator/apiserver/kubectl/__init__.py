"""Documents that only kubectl requests: tables, OpenAPI, protobuf, a kubeconfig.

May import storage and what is below it.
"""
