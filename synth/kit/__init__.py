"""What every room may use: objects, the manifest leaf, names, labels, quantities."""
