"""A simulated cluster for commands that look at one."""

from tests.live.conftest import rig as rig
