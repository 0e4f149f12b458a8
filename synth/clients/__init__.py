"""Programs and services that commands talk to."""
