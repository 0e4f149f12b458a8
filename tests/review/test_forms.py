"""A report for a terminal, a pull request and programs."""

from __future__ import annotations

import json

import pytest

from synth.kit.objects import manifest
from synth.review.forms.data import as_json
from synth.review.forms.markdown import LIMIT, as_markdown
from synth.review.forms.text import as_text
from tests.review.bodies import CANARY, CRD, DEPLOYMENT, QUOTA, SECRET, model, predictor, put
from tests.review.sides import reviewed, side

MORE = model(predictor("stable", 7, 75), predictor("canary", 8, 25))
SMALL = reviewed(
    {
        **side(CANARY),
        **side(QUOTA, application="teams"),
        **side(QUOTA, environment="dev", application="teams"),
    },
    {**side(MORE), **side(application="teams")},
)


def test_text() -> None:
    assert (
        as_text(SMALL).plain
        == """\
3 objects change in dev and prod, 2 high, 1 medium risks
compared with main

Risks
high   DF002 something that holds data goes
       team nlp in dev and prod: it holds data; Argo CD leaves it in the cluster, and nobody looks after it any more
       ⇒ save what is needed, then delete it by hand: `kubectl delete profile.kubeflow.org nlp`
medium DF020 traffic to a version that no alert watches
       sentiment in prod: version 8 gets 25 % of the traffic, and no alert watches this model
       ⇒ give models.sentiment objectives, and the environment observability

models
  ~ sentiment in prod: canary 10 % → 25 %

teams
  − team nlp in dev and prod: goes"""
    )


def test_markdown() -> None:
    assert (
        as_markdown(SMALL)
        == """\
### 3 objects change in dev and prod, 2 high, 1 medium risks

Compared with main.

| environment | new | changed | gone | risks |
|---|--:|--:|--:|---|
| dev | 0 | 0 | 1 | 1 high risk |
| prod | 0 | 1 | 1 | 1 high, 1 medium risks |

#### Risks

- **high** DF002 team nlp in dev and prod: it holds data; Argo CD leaves it in the cluster, and nobody looks after it any more. _save what is needed, then delete it by hand: `kubectl delete profile.kubeflow.org nlp`_
- **medium** DF020 sentiment in prod: version 8 gets 25 % of the traffic, and no alert watches this model. _give models.sentiment objectives, and the environment observability_

#### models

- sentiment in prod: canary 10 % → 25 %

#### teams

- team nlp in dev and prod: goes
"""
    )


def test_json() -> None:
    data = json.loads(as_json(SMALL))
    assert data["base"] == "main"
    assert data["environments"] == {"dev": {"removed": 1}, "prod": {"changed": 1, "removed": 1}}
    assert [risk["code"] for risk in data["risks"]] == ["DF002", "DF002", "DF020"]
    [change] = [each for each in data["changes"] if each["what"] == "changed"]
    assert change == {
        "environment": "prod",
        "application": "models",
        "what": "changed",
        "object": {
            "group": "machinelearning.seldon.io",
            "kind": "SeldonDeployment",
            "namespace": "nlp",
            "name": "sentiment",
        },
        "former": None,
        "summary": ["sentiment in prod: canary 10 % → 25 %"],
        "fields": [
            {"path": ["spec", "predictors", "canary", "traffic"], "before": 10, "after": 25},
            {"path": ["spec", "predictors", "stable", "traffic"], "before": 90, "after": 75},
        ],
        "causes": [],
    }


def test_nothing_changes() -> None:
    nothing = reviewed(side(CANARY), side(CANARY))
    assert as_text(nothing).plain == "nothing changes\ncompared with main"
    assert as_markdown(nothing) == "### nothing changes\n\nCompared with main.\n"


@pytest.mark.parametrize("limit", [LIMIT, 20_000])
def test_a_large_change_stays_within_the_limit(limit: int) -> None:
    before, after = {}, {}
    for application in ("one", "two", "three"):
        for number in range(900):
            config = manifest(
                "v1", "ConfigMap", f"config-{number}", namespace=application, data={"a": "1"}
            )
            before.update(side(config, application=application))
            after.update(side(put(config, f"ä {number}", "data", "a"), application=application))
    after.update(side(put(DEPLOYMENT, 0, "spec", "replicas"), application="small"))
    before.update(side(DEPLOYMENT, application="small"))
    text = as_markdown(reviewed(before, after), limit)
    assert limit - 500 < len(text.encode()) <= limit
    assert text.startswith("### 2701 objects change in prod, 1 medium risk\n")
    assert "Deployment nlp/web in prod: replicas 2 → 0\n" in text
    assert [
        text.count(f"<summary>{name}: 900 changed</summary>") for name in ("one", "two", "three")
    ] == [1] * 3
    assert text.endswith("\n_Too much for a comment: `synth diff` has all of it._\n")


def test_many_risks_of_a_kind_are_counted_and_listed_below() -> None:
    crds = [put(CRD, f"{name}.example.com", "metadata", "name") for name in "abcdef"]
    text = as_markdown(reviewed(side(*crds), {}))
    assert (
        "- **high** DF003 a CRD goes, and every object of its kind with it: 6 times in prod: CRD "
        "a.example.com, CRD b.example.com, CRD c.example.com, CRD d.example.com, CRD e.example.com "
        "and 1 more\n"
    ) in text
    assert (
        "<details><summary>DF003 a CRD goes, and every object of its kind with it: 6</summary>"
        in text
    )


def test_what_many_objects_have_in_common_is_said_once() -> None:
    names = [put(DEPLOYMENT, f"web-{number}", "metadata", "name") for number in range(4)]
    newer = [put(each, 3, "spec", "replicas") for each in names]
    assert as_text(reviewed(side(*names), side(*newer))).plain.endswith(
        "  ~ Deployment nlp/web-0, nlp/web-1, nlp/web-2, nlp/web-3 in prod: replicas 2 → 3"
    )


def test_nothing_in_a_comment_is_taken_for_markup() -> None:
    odd = put(QUOTA, "@ops <b>*x*</b> | `y", "spec", "owner", "name")
    assert (
        "- team nlp in prod: owner lead@example.com → @\u200bops \\<b\\>\\*x\\*\\</b\\> \\| 'y\n"
    ) in as_markdown(reviewed(side(QUOTA), side(odd)))


def test_no_form_shows_a_secret() -> None:
    report = reviewed(side(SECRET), side(put(SECRET, "bbbb", "data", "password")))
    for text in (as_text(report).plain, as_markdown(report), as_json(report)):
        assert "aaaa" not in text
        assert "bbbb" not in text
