"""Measures what large clusters cost; `make bench` runs it. Not a part of the tests.

Every figure is a ratio to a floor that was measured in the same run, or a count.
"""
