"""The command line: subcommands, their arguments and their output.

`arguments` parses, `commands` run, `support` is what several commands need, `output` draws. May import every room of
stsview but the insides of `ui`. Within it imports run one way: `commands`, `support`, `output`, `arguments`.
"""
