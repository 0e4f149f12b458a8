"""Rules about models, through the command line's door."""

from __future__ import annotations

from pathlib import Path

from tests.repository import Repository

VARIANT = (
    "variants: [{name: %s, version: 1, artifact: 's3://models/1', traffic: 100}], "
    "server: {format: sklearn}"
)


def test_two_models_make_different_services(tmp_path: Path) -> None:
    repository = Repository(tmp_path)
    repository.edit(
        "environments/dev.yaml",
        "addons:\n",
        f"  - {{name: reviews, team: nlp, {VARIANT % 'eu-stable'}}}\n"
        f"  - {{name: reviews-eu, team: nlp, {VARIANT % 'stable'}}}\n"
        "addons:\n",
    )
    done = repository.synth("validate", "dev")
    assert (done.returncode, done.stdout) == (
        1,
        "error SV002: environments/dev.yaml:24:46: models.reviews-eu.variants.stable: Seldon would "
        "call its Service reviews-eu-stable, as it does a variant of reviews: rename one of them\n",
    )
