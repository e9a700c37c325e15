"""Force deletion: the one action after which two pods may have the same identity.

May import what every operation may.
"""
