"""The rules, by topic.

May import `stsview.triage.rule` and `stsview.triage.support`; rules do not import each other.
"""
