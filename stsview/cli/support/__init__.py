"""Code shared by subcommands: connect, select, confirm, follow.

May import `stsview.cli.output`, not the commands.
"""
