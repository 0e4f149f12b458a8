"""Objects against the CRDs of their projects, as strictly as an API server that refuses unknown
fields.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import jsonschema_rs

from synth.kit.objects import Body
from synth.kit.structural import versions, without_nulls
from tests.shared import shared
from tools.crd_schemas import crds_in


def complaints(crds: str | Path, body: Body) -> list[str]:
    """What is wrong with an object by the file `crds` of upstream CRDs, one of the shared ones or
    any by its path; empty when nothing is.
    """
    validators = _validators(crds)
    key = body["apiVersion"], body["kind"]
    if key not in validators:
        return [f"{crds} has no {body['kind']} in {body['apiVersion']}"]
    return [
        f"{'/'.join(map(str, error.instance_path))}: {error.message}"
        for error in validators[key].iter_errors(without_nulls(body))
    ]


@lru_cache
def _validators(crds: str | Path) -> dict[tuple[str, str], jsonschema_rs.Validator]:
    return {
        (version, crd["spec"]["names"]["kind"]): jsonschema_rs.validator_for(schema)
        for crd in crds_in(shared() / "crds" / crds)
        for version, _, schema in versions(crd)
    }
