"""The fleet screen: all StatefulSets in scope.

May import the other features and the kit.
"""
