"""Where something in `dist/` comes from, found out by rendering it again with other values.

Nothing is guessed: a value of the configuration is behind a field where the field changes with it,
and so is an entry of an overlay.
"""
