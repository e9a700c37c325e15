"""The grammar of the command line.

May import only argparse and what is as light, so that `--help` is instant.
"""
