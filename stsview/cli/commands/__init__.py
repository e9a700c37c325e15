"""Subcommands, one module each; `actions` holds those that change a cluster.

May import all of `stsview.cli`.
"""
