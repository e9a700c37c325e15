"""Container logs, followed through disconnects, restarts and replaced pods.

May import `stsview.cluster.http`.
"""
