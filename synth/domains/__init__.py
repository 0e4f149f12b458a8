"""Constructs, by what they are about."""
