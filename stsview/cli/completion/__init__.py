"""Completion of command lines in shells.

What can be completed is read from the argument parser, and names of a cluster from a cache that is seconds old: a shell
waits for the answer at every press of a key. Libraries were tried. shtab writes scripts without names of a cluster.
argcomplete takes 50 ms to import, runs the parser with replaced classes, which loses the choices of an argument behind
another one, and does not know the protocol of kubectl; a walk over argparse's own actions needs neither.
"""
