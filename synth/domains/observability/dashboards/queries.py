"""Expressions that several dashboards are made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

RATE = "$__rate_interval"
"""The span that Grafana takes rates over: at least four scrapes, more where the graph is coarse."""


def chosen(variable: str, values: Mapping[str, str]) -> str:
    """Of expressions by name the one whose name the variable has, which its result has as a label.

    No metric says which topic a stream reads or what a model promises, and a variable holds one
    value only.
    """
    named = joined(
        f'label_replace({expr}, "{variable}", "{name}", "", "")'
        for name, expr in sorted(values.items())
    )
    wanted = f'label_replace(vector(1), "{variable}", "${variable}", "", "")'
    return f"({named}\nand on ({variable})\n{wanted})"


def line(variable: str, values: Mapping[str, float]) -> str:
    """The value of what is chosen, as a line."""
    return chosen(variable, {name: f"vector({value:g})" for name, value in values.items()})


def ended(series: str, within: str) -> str:
    """How many runs of Kubeflow Pipelines ended within a span, of those that a metric has.

    Each is a series of its own, by the label `workflow`, which is 1 from its beginning.
    """
    now = f"group by (workflow) (last_over_time({series}[{within}]))"
    return f"(count({now} unless group by (workflow) ({series} offset {within})) or vector(0))"


def joined(values: Iterable[str]) -> str:
    """The series of all of these expressions."""
    every = list(values)
    return every[0] if len(every) == 1 else "(\n" + "\nor\n".join(every) + "\n)"
