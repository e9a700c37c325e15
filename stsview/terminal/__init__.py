"""The terminal of this process, handed to a command in a container and restored afterwards."""
