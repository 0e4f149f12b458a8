"""Programs and services that commands talk to."""


class ClientError(Exception):
    """A program or service is away, or has not what was asked for; the message says which."""
