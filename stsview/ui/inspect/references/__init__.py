"""Objects that a set names: its owners, and the ConfigMaps and Secrets of its template."""
