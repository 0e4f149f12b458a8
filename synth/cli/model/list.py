"""`synth model list`: which versions are served where, how old they are, and who is behind."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from synth.catalog.kserve import kserve_address
from synth.catalog.serving import seldon_address
from synth.cli.steps import mistakes, repository
from synth.config.environment import Environment
from synth.config.load import Loaded
from synth.config.serving import Model, Variant
from synth.kit.table import table

_HEAD = ("MODEL", "ENV", "VARIANT", "VERSION", "TRAFFIC", "AGE", "BEHIND")


def run(options: argparse.Namespace) -> int:
    with mistakes():
        from synth.configuration import check_names, configuration

        # Who is behind shows only beside the others.
        loaded = configuration(repository(options))
        chosen = [options.env] if options.env else list(loaded)
        check_names(loaded, chosen)
    rows = [row for row in _rows(loaded.values()) if row["environment"] in chosen]
    if options.output == "json":
        print(json.dumps(rows, indent=2, ensure_ascii=False))
        return 0
    print(table(_HEAD, [_cells(row) for row in rows]))
    return 0


def _rows(loaded: Iterable[Loaded]) -> Iterator[dict[str, Any]]:
    environments = {each.environment.name: each.environment for each in loaded}
    entries = [(name, model) for name, each in environments.items() for model in each.models]
    for name, model in sorted(entries, key=lambda entry: (entry[1].name, entry[0])):
        for variant in model.variants:
            yield {
                "model": model.name,
                "environment": name,
                **variant.model_dump(
                    mode="json", by_alias=True, include={"version", "artifact", "traffic", "shadow"}
                ),
                "variant": variant.name,
                "provenance": variant.provenance
                and variant.provenance.model_dump(mode="json", by_alias=True, exclude_none=True),
                "behind": _behind(name, model, variant, entries),
                "address": _address(environments[name], model),
            }


def _address(environment: Environment, model: Model) -> str:
    """Where a model is reached: one of Seldon at the ingress gateway, one of KServe in the cluster,
    since Knative's domain decides where it is outside.
    """
    if model.engine == "kserve":
        return kserve_address(model.team, model.name)
    host = environment.gateway.host if environment.gateway else ""
    return seldon_address(host, model.team, model.name)


def _behind(
    name: str, model: Model, variant: Variant, entries: Iterable[tuple[str, Model]]
) -> list[str]:
    """The environments that serve a newer version under the same variant's name."""
    return [
        other
        for other, its in entries
        for each in its.variants
        if other != name
        and its.name == model.name
        and each.name == variant.name
        and each.version > variant.version
    ]


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    created = (row["provenance"] or {}).get("created")
    return (
        row["model"],
        row["environment"],
        row["variant"],
        str(row["version"]),
        f"{row['traffic']} %" + (" shadow" if row["shadow"] else ""),
        _age(created) if created else "-",
        ", ".join(row["behind"]) or "-",
    )


def _age(created: str) -> str:
    """How long ago a time in ISO 8601 was, in its largest unit."""
    minutes = int((datetime.now(UTC) - datetime.fromisoformat(created)).total_seconds()) // 60
    for unit, size in (("d", 1440), ("h", 60)):
        if minutes >= size:
            return f"{minutes // size}{unit}"
    return f"{max(minutes, 0)}m"
