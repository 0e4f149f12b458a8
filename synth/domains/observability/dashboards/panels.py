"""The kinds of panels that dashboards are made of, with what all of one kind have in common.

Source: grafana/grafana-foundation-sdk 0.0.21, which is generated from Grafana's own schemas.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from string import ascii_uppercase

from grafana_foundation_sdk.builders import common, dashboard, prometheus, stat, table, timeseries
from grafana_foundation_sdk.models import common as options
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models.prometheus import PromQueryFormat, QueryEditorMode

OBJECTIVE = "objective"
"""The legend of a line that the others should not cross."""
WIDTH = 24
"""Columns of a dashboard."""
GOOD, FAIR, BAD = "green", "orange", "red"


@dataclass(frozen=True, slots=True)
class Query:
    """A query and what its series are called: a template that knows {{label}}, or the heading of a
    table's column, which may have a unit of its own.
    """

    expr: str
    legend: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Steps:
    """From which value on something is fair, and bad; falling: below which."""

    fair: float
    bad: float
    falling: bool = False


@dataclass(frozen=True, slots=True)
class Panels:
    """Makes panels that ask the data source with this uid, a Prometheus."""

    datasource: str

    @property
    def source(self) -> options.DataSourceRef:
        """How panels refer to the data source."""
        return options.DataSourceRef(type_val="prometheus", uid=self.datasource)

    def graph(
        self,
        id: int,
        title: str,
        description: str,
        unit: str,
        *queries: Query,
        width: int = 12,
        stacked: bool = False,
        points: bool = False,
    ) -> timeseries.Panel:
        """Curves over time, one on top of the other where they are stacked; or points."""
        panel = (
            timeseries.Panel()
            .id(id)
            .title(title)
            .description(description)
            .datasource(self.source)
            .unit(unit)
            .min(0)
            .span(width)
            .height(8)
            .line_width(2)
            .fill_opacity(40 if stacked else 6)
            .draw_style(options.GraphDrawStyle.POINTS if points else options.GraphDrawStyle.LINE)
            .show_points(options.VisibilityMode.ALWAYS if points else options.VisibilityMode.NEVER)
            .color_scheme(_color(model.FieldColorModeId.PALETTE_CLASSIC_BY_NAME))
            .tooltip(
                common.VizTooltipOptions()
                .mode(options.TooltipDisplayMode.MULTI)
                .sort(options.SortOrder.DESCENDING)
            )
            .legend(
                common.VizLegendOptions()
                .show_legend(True)
                .display_mode(options.LegendDisplayMode.TABLE)
                .placement(options.LegendPlacement.BOTTOM)
                .calcs(["lastNotNull", "max"])
            )
            .targets([*self._targets(queries)])
        )
        if stacked:
            panel.stacking(common.StackingConfig().mode(options.StackingMode.NORMAL).group("A"))
        if any(query.legend == OBJECTIVE for query in queries):
            panel.override_by_name(OBJECTIVE, _LIMIT)
        return panel

    def figure(
        self,
        id: int,
        title: str,
        description: str,
        unit: str,
        expr: str,
        *,
        steps: Steps | None = None,
    ) -> stat.Panel:
        """The newest value, large, coloured by how good it is, over the curve that led there."""
        return (
            stat.Panel()
            .id(id)
            .title(title)
            .description(description)
            .datasource(self.source)
            .unit(unit)
            .no_value("–")
            .height(4)
            .color_mode(options.BigValueColorMode.VALUE)
            .graph_mode(options.BigValueGraphMode.AREA)
            .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
            .thresholds(_thresholds(steps))
            .targets([*self._targets([Query(expr, title)])])
        )

    def listing(
        self,
        id: int,
        title: str,
        description: str,
        *columns: Query,
        by: Mapping[str, str],
        width: int = 24,
        height: int = 6,
        first: str = "",
    ) -> table.Panel:
        """A row for every combination of the labels `by`, whose headings it gives; the newest value
        of each query is a column. Rows with the least in the column `first` come first.
        """
        values = zip(_values(len(columns)), columns, strict=True)
        headings = {**by, **{value: column.legend for value, column in values}}
        panel = (
            table.Panel()
            .id(id)
            .title(title)
            .description(description)
            .datasource(self.source)
            .unit(columns[0].unit)
            .no_value("–")
            .span(width)
            .height(height)
            .targets(
                [
                    target.instant().format(PromQueryFormat.TABLE)
                    for target in self._targets(columns)
                ]
            )
            .with_transformation(model.DataTransformerConfig(id_val="merge", options={}))
            .with_transformation(
                model.DataTransformerConfig(
                    id_val="organize",
                    options={
                        "excludeByName": {"Time": True},
                        "indexByName": {name: place for place, name in enumerate(headings)},
                        "renameByName": headings,
                    },
                )
            )
        )
        if first:
            panel.sort_by([common.TableSortByFieldState().display_name(first).desc(False)])
        for column in columns:
            panel.override_by_name(
                column.legend, [model.DynamicConfigValue(id_val="unit", value=column.unit)]
            )
        return panel

    def _targets(self, queries: Sequence[Query]) -> Iterator[prometheus.Dataquery]:
        for ref, query in zip(ascii_uppercase, queries, strict=False):
            yield (
                prometheus.Dataquery()
                .ref_id(ref)
                .datasource(self.source)
                .editor_mode(QueryEditorMode.CODE)
                .expr(query.expr)
                .legend_format(query.legend)
                .range()
            )


def evenly(panels: Iterable[stat.Panel]) -> Sequence[stat.Panel]:
    """The figures side by side over the whole width."""
    figures = tuple(panels)
    for place, figure in enumerate(figures):
        figure.span(WIDTH * (place + 1) // len(figures) - WIDTH * place // len(figures))
    return figures


def choice(name: str, label: str, values: Sequence[str]) -> dashboard.CustomVariable:
    """A variable of which one of these values is chosen, at first the first one."""
    chosen = [
        model.VariableOption(selected=place == 0, text=value, value=value)
        for place, value in enumerate(values)
    ]
    return (
        dashboard.CustomVariable(name)
        .label(label)
        .values(",".join(values))
        .options(chosen)
        .current(chosen[0])
        .multi(False)
        .include_all(False)
    )


_LIMIT = [
    model.DynamicConfigValue(id_val=key, value=value)
    for key, value in (
        ("color", {"mode": "fixed", "fixedColor": BAD}),
        ("custom.lineStyle", {"fill": "dash", "dash": [8, 8]}),
        ("custom.fillOpacity", 0),
        ("custom.stacking", {"mode": "none", "group": "A"}),
    )
]


def _values(columns: int) -> list[str]:
    """What Grafana calls the values of queries in a table: a lone one has no letter."""
    return ["Value"] if columns == 1 else [f"Value #{ref}" for ref in ascii_uppercase[:columns]]


def _color(mode: model.FieldColorModeId) -> dashboard.FieldColor:
    return dashboard.FieldColor().mode(mode)


def _thresholds(steps: Steps | None) -> dashboard.ThresholdsConfig:
    colors: list[tuple[float | None, str]] = [(None, GOOD if steps else "text")]
    if steps and steps.falling:
        colors = [(None, BAD), (steps.bad, FAIR), (steps.fair, GOOD)]
    elif steps:
        colors += [(steps.fair, FAIR), (steps.bad, BAD)]
    return (
        dashboard.ThresholdsConfig()
        .mode(model.ThresholdsMode.ABSOLUTE)
        .steps([model.Threshold(value=value, color=color) for value, color in colors])
    )
