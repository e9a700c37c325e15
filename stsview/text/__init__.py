"""Terminal-safe text, durations, glyphs and diffs, for screens and command line.

May import model and objects; never Textual.
"""
