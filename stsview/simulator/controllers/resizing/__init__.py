"""The expansion of volumes: storage drivers, and the controller that calls them."""
