"""Rules: a case in, findings out. No rule does I/O, reads a clock or remembers anything by itself."""
