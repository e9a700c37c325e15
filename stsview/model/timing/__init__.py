"""Instants: the present, deadlines, first sightings, durations as text.

Imports only `stsview.objects`.
"""
