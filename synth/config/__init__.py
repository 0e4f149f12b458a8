"""Environment files: their shape, how they are loaded and merged, and what is said of mistakes."""
