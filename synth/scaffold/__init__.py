"""`synth init`: a new repository of this shape."""
