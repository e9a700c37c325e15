"""Objects that no stream has, read by name: while the model asks for them, or to be shown."""
