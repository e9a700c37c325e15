"""Logs: the last lines of one container to quote, and the logs of many containers as one."""
