"""Changes to environment files that leave everything else in them as somebody wrote it."""
