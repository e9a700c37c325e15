"""From views to what is drawn: pure functions that hold no widget and read no clock."""
