"""Upstream facts as data, with small loaders."""
