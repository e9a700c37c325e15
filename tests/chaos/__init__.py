"""Faults between stsview and its cluster, one after the other, with the whole screen in view."""
