"""An environment as pictures: what waits for what, and the way of the data."""
