"""The screen of one StatefulSet.

May import findings, inspect, changes and the kit.
"""
