"""Shells and commands in containers: behind the write gate, with an audit line before and after."""
