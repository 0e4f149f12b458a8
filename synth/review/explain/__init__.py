"""Where an object or one of its fields comes from."""
