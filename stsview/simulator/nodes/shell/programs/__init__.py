"""The programs in images, by topic."""
