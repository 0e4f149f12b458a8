"""Objects are matched across files, applications and names."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from synth.kit.objects import Body, manifest
from synth.review.comparison import FILE, compare, place_of
from tests.review.bodies import (
    ACCOUNT,
    CANARY,
    CRON,
    DEPLOYMENT,
    POLICY,
    QUOTA,
    ROLE,
    RULES,
    SECRET,
    put,
)
from tests.review.sides import dangers, lines, side

BODIES = (CANARY, DEPLOYMENT, QUOTA, ROLE, CRON, RULES, POLICY, SECRET)


@given(st.lists(st.sampled_from(BODIES), unique_by=lambda body: body["kind"]))
def test_a_tree_does_not_differ_from_itself(bodies: list[Body]) -> None:
    assert compare(side(*bodies), side(*bodies)) == []


@given(st.lists(st.sampled_from(BODIES), unique_by=lambda body: body["kind"]))
def test_everything_comes_and_goes(bodies: list[Body]) -> None:
    assert [each.what for each in compare({}, side(*bodies))] == ["added"] * len(bodies)
    assert [each.what for each in compare(side(*bodies), {})] == ["removed"] * len(bodies)


def test_files_that_are_the_same_are_never_read() -> None:
    broken = {"dist/prod/models/a.yaml": b"\xff: ["}
    assert compare({**broken, **side(CRON)}, {**broken}) == compare(side(CRON), {})


def test_an_object_that_lies_elsewhere_has_moved() -> None:
    before, after = side(CRON, application="models"), side(CRON, application="workflows")
    assert lines(before, after) == ["training in prod: moves from models to workflows"]
    assert dangers(before, after) == []


def test_what_moves_and_changes_says_both() -> None:
    changed = put(CRON, True, "spec", "suspend")
    assert lines(side(CRON), side(changed, application="workflows")) == [
        "training in prod: moves from models to workflows",
        "training in prod: is suspended",
    ]


def test_what_environments_have_alike_is_said_once() -> None:
    changed = put(CRON, "@daily", "spec", "schedule")
    before = {**side(CRON, environment="dev"), **side(CRON, environment="prod")}
    after = {**side(changed, environment="dev"), **side(changed, environment="prod")}
    assert lines(before, after) == ["training in dev and prod: schedule hourly → daily"]


def test_a_name_that_ends_in_a_hash_is_the_same_with_another() -> None:
    one = manifest("v1", "ConfigMap", "links-2b6h4d8kfm", namespace="a", data={"a": "1"})
    two = manifest("v1", "ConfigMap", "links-77f8gtd2mk", namespace="a", data={"a": "2"})
    assert lines(side(one), side(two)) == [
        "ConfigMap a/links-2b6h4d8kfm in prod: is renamed to links-77f8gtd2mk",
        "ConfigMap a/links-2b6h4d8kfm in prod: a 1 → 2",
    ]


def test_two_things_that_share_little_are_no_rename() -> None:
    other = put(put(ROLE, "writer", "metadata", "name"), [], "rules")
    assert lines(side(ROLE), side(other)) == [
        "Role nlp/reader in prod: goes",
        "Role nlp/writer in prod: comes",
    ]
    another = put(ACCOUNT, "other", "metadata", "name")
    assert [each.what for each in compare(side(ACCOUNT), side(another))] == ["added", "removed"]


def test_files_that_are_no_objects_are_told_by_their_lines() -> None:
    path = "dist/prod/kubeflow-dex/overlays/prod/links.json"
    before, after = {path: b"one\ntwo\n"}, {path: b"one\nthree\nfour\n"}
    [change] = compare(before, after)
    assert (change.object.kind, change.application) == (FILE, "kubeflow-dex")
    assert lines(before, after) == [
        "file kubeflow-dex/overlays/prod/links.json in prod: 2 lines come, 1 goes"
    ]


def test_what_is_no_yaml_is_a_file_too() -> None:
    path = "dist/prod/models/a.yaml"
    assert lines({path: b"a: ["}, {path: b"a: [1"}) == [
        "file models/a.yaml in prod: 1 line comes, 1 goes"
    ]


def test_no_value_of_a_secret_is_in_a_change() -> None:
    text = str(compare(side(SECRET), side(put(SECRET, "bbbb", "data", "password"))))
    assert "aaaa" not in text
    assert "bbbb" not in text
    assert "aaaa" not in str(compare(side(SECRET), {}))


def test_where_files_belong() -> None:
    assert place_of("dist/prod/models/nlp/a.yaml") == ("prod", "models")
    assert place_of("argocd/prod/argocd/a.yaml") == ("prod", "argocd")
    assert place_of("argocd/settings/argocd/a.yaml") == ("", "settings")
    assert place_of("dist/prod/FILES") == ("prod", "")
