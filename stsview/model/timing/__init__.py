"""Instants: the present of a derivation, deadlines, first sightings, durations as text.

Imports only `stsview.objects`.
"""
