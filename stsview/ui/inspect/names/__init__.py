"""The DNS names of a set: as published, and as they resolve inside one of its pods."""
