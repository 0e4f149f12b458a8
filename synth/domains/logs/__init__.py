"""Where logs and the requests of models go: Elasticsearch and what is around it."""

from synth.domains.logs.elasticsearch import connection
from synth.domains.logs.stack import LogStack

__all__ = ["LogStack", "connection"]
