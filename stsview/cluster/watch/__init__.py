"""List and watch of one kind, with retries (client-go's tools/cache).

May import `stsview.cluster.http`.
"""
