"""Every combination of fields makes what Seldon's CRD knows."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from synth.catalog.serving import SELDON_SERVERS
from synth.kit.objects import Body
from tests.serving.seldon import STABLE, model, objects

ENV = {"env": {"A": "1"}, "secretEnv": {"B": {"name": "secret", "key": "b"}}}
RESOURCES: Body = {"requests": {"cpu": "1"}, "limits": {"nvidia.com/gpu": "1"}}
OPTIONAL: Body = {
    "storageSecret": "artifacts",
    "serviceAccount": "models",
    "replicas": 2,
    "resources": RESOURCES,
    "orchestrator": RESOURCES,
    "nodeSelector": {"pool": "gpu"},
    "tolerations": [{"operator": "Exists"}, {"key": "a", "value": "b", "effect": "NoExecute"}],
    "disruptionBudget": {"maxUnavailable": "50%"},
    "requestLog": {"url": "http://broker"},
    "graph": {
        "name": "clean",
        "type": "transformer",
        "image": "nlp/clean:1.0.0",
        **ENV,
        "children": [{"name": "own"}],
    },
    **ENV,
}
SCALING = [
    None,
    {"maxReplicas": 3, "memory": "80%"},
    {
        "maxReplicas": 3,
        "keda": {"triggers": [{"type": "cron", "metadata": {"start": "0 6 * * *"}}]},
    },
]
OF_A_VARIANT: Body = {
    "image": "nlp/server:1.0.0",
    "replicas": 3,
    "resources": RESOURCES,
    "explainer": {"type": "ALE", "artifact": "gs://e/1", "parameters": {"a": 1}},
    **ENV,
}


def some(fields: Body) -> st.SearchStrategy[Body]:
    return st.sets(st.sampled_from(sorted(fields))).map(
        lambda names: {name: fields[name] for name in names}
    )


@settings(max_examples=60, deadline=None)
@given(
    some(OPTIONAL),
    some(OF_A_VARIANT),
    st.sampled_from(SCALING),
    st.sampled_from(sorted(SELDON_SERVERS)),
)
def test_every_combination_is_what_the_crd_says(
    fields: Body, of_variant: Body, scaling: Any, format: str
) -> None:
    server = {"format": format, "image": "nlp/server:2.0.0", "parameters": {"flag": True}}
    variants = [
        {**STABLE, **of_variant},
        {**STABLE, "name": "copy", "shadow": True, "traffic": 5},
    ]
    made = objects(model(server=server, variants=variants, autoscaling=scaling, **fields))
    predictors = made["SeldonDeployment", "sentiment"]["spec"]["predictors"]
    assert [each["name"] for each in predictors] == ["stable", "copy"]
    for each in predictors:
        names = [its["name"] for its in each["componentSpecs"][0]["spec"]["containers"]]
        assert len(names) == len(set(names))
        assert ("replicas" in each) == (scaling is None)
