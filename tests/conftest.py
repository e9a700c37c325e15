"""What holds for all tests."""

from hypothesis import HealthCheck, settings

# How long an example takes says more about what else the machine does than about the program.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")
