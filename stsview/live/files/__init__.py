"""Objects from files instead of a cluster: reading, a `Source` of them, and dumps.

May import the other modules of `stsview.live` and what is below it.
"""
