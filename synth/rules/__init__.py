"""Checks: pure functions from an environment or its objects to what is wrong with them."""
