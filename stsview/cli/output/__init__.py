"""Text, JSON and JUnit output of subcommands.

May import neither the commands nor their support.
"""
