"""A report as one page for a browser, which asks no network for anything."""

from __future__ import annotations

from base64 import b64encode
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from jinja2 import Template
from markupsafe import Markup

from synth.kit.objects import Identity
from synth.review.causes import Cause
from synth.review.comparison import SETTINGS, Change
from synth.review.describe import subject
from synth.review.forms.headline import edit, headline, severities
from synth.review.forms.pages import source, templates
from synth.review.forms.text import SIGNS
from synth.review.report import Danger, Described, Report
from synth.review.risks.kinds import RISKS, SEVERITIES, Risk, Severity
from synth.review.yaml_lines import Piece, pieces

_PAGE = Path(__file__).parent / "page"
_FEW_LINES = 400
"""Where all changes together are so short, none is folded away."""
_WORDS = {"added": "new", "removed": "gone"}
_NO_ENVIRONMENT = "Argo CD's settings"
_RISKS_OF_A_KIND = 5
"""So many risks of one kind are shown without being folded away."""


class Place(NamedTuple):
    """An environment that something happens in, and where on the page that is said."""

    environment: str
    anchor: str


class Card(NamedTuple):
    """What happens to one object, alike in all of these places."""

    application: str
    what: str
    object: Identity
    subject: str
    places: tuple[Place, ...]
    says: tuple[str, ...]
    causes: tuple[Cause, ...]
    risks: tuple[Risk, ...]
    pieces: tuple[Piece, ...]

    @property
    def severity(self) -> Severity | None:
        """How bad the worst of its risks is."""
        found = {risk.severity for risk in self.risks}
        return next((each for each in SEVERITIES if each in found), None)

    @property
    def one_sided(self) -> bool:
        """Whether the object is not there before, or after."""
        return self.what in _WORDS

    @property
    def came(self) -> int:
        """How many lines are new."""
        return self._lines("new")

    @property
    def went(self) -> int:
        """How many lines are gone."""
        return self._lines("gone")

    def _lines(self, what: str) -> int:
        return sum(len(piece.lines) for piece in self.pieces if piece.what == what)


class Graph(NamedTuple):
    """The pictures of an environment: as SVG, and in words."""

    environment: str
    svg: str
    text: str

    @property
    def address(self) -> str:
        """The SVG as the address of an image, which keeps its styles to itself."""
        return f"data:image/svg+xml;base64,{b64encode(self.svg.encode()).decode()}"


def as_html(report: Report, graphs: Sequence[Graph] = ()) -> str:
    """The whole report: risks first, then every change with its YAML side by side, and the pictures of
    environments folded away.

    It is complete without its script, which filters, folds and compares; and the same for the same
    report, so that a link to a change stays good from one run to the next.
    """
    cards = list(_cards(report))
    style, script = ((_PAGE / name).read_text() for name in ("style.css", "script.js"))
    return _template().render(
        report=report,
        headline=headline(report),
        rows=[_row(report, name) for name in report.environments],
        risks=_risks(report, {place.anchor for card in cards for place in card.places}),
        edits=[(edit(each), each.place) for each in report.edits],
        applications=[(name, list(these)) for name, these in _by_application(cards)],
        environments=[name or _NO_ENVIRONMENT for name in report.environments],
        severities=[each for each in SEVERITIES if any(each == card.severity for card in cards)],
        kinds=sorted(Counter(card.object.kind for card in cards).items()),
        cards=cards,
        unfolded=sum(card.came + card.went for card in cards) <= _FEW_LINES,
        few=_RISKS_OF_A_KIND,
        graphs=graphs,
        style=Markup(style),  # noqa: S704 # ours, as is the script
        script=Markup(script),  # noqa: S704
        policy=_policy(style, script),
    )


def anchor(environment: str, application: str, this: Identity) -> str:
    """Where on the page a change of an object is; the same from run to run."""
    name = f"{this.namespace}/{this.name}" if this.namespace else this.name
    parts = (environment or SETTINGS, application, this.group_kind, name)
    return quote("/".join(parts), safe="/:@")


def _template() -> Template:
    environment = templates(_PAGE)
    environment.filters.update(commands=_commands, counted=_counted, shared_causes=_shared_causes)
    environment.globals.update(signs=SIGNS, words=_WORDS, kinds_of_risk=RISKS)
    return environment.get_template("report.html")


def _policy(style: str, script: str) -> str:
    """A Content-Security-Policy that lets in nothing but what the page brings."""
    return (
        f"default-src 'none'; style-src {source(style)}; script-src {source(script)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _cards(report: Report) -> Iterator[Card]:
    """Every change; those that read alike in several environments as one."""
    read = _Reader()
    risks: dict[str, list[Risk]] = {}
    for risk in report.risks:
        if risk.object:
            here = anchor(risk.environment, risk.application, risk.object)
            risks.setdefault(here, []).append(risk)
    alike: dict[tuple[object, ...], list[Described]] = {}
    for each in report.changes:
        change = each.change
        said = (change.application, change.what, change.object, change.former, each.sentences)
        alike.setdefault((*said, read(change)), []).append(each)
    for found in alike.values():
        yield _card(found, read(found[0].change), risks)


def _card(
    found: Sequence[Described], reads: tuple[Piece, ...], risks: Mapping[str, Sequence[Risk]]
) -> Card:
    change = found[0].change
    about = subject(change)
    names = (each.change.environment for each in found)
    places = tuple(Place(name, anchor(name, change.application, change.object)) for name in names)
    return Card(
        change.application,
        change.what,
        change.object,
        about,
        places,
        tuple(
            each.says if each.subject == about else f"{each.subject}: {each.says}"
            for each in found[0].sentences
        ),
        tuple(dict.fromkeys(cause for each in found for cause in each.causes)),
        tuple({r.code: r for place in places for r in risks.get(place.anchor, ())}.values()),
        reads,
    )


class _Reader:
    """The pieces of two bodies, compared once where several environments have the same ones."""

    def __init__(self) -> None:
        self._read: dict[tuple[int, int], tuple[Piece, ...]] = {}

    def __call__(self, change: Change) -> tuple[Piece, ...]:
        key = (id(change.before), id(change.after))
        if key not in self._read:
            self._read[key] = tuple(pieces(change.before, change.after))
        return self._read[key]


def _by_application(cards: Iterable[Card]) -> Iterator[tuple[str, Iterator[Card]]]:
    ordered = sorted(cards, key=lambda card: card.application)
    return groupby(ordered, key=lambda card: card.application)


class _Row(NamedTuple):
    environment: str
    new: int
    changed: int
    gone: int
    risks: str


def _row(report: Report, environment: str) -> _Row:
    counts = report.count(environment)
    found = tuple(risk for risk in report.risks if risk.environment == environment)
    new, gone = counts.get("added", 0), counts.get("removed", 0)
    changed = sum(counts.values()) - new - gone
    return _Row(
        environment or _NO_ENVIRONMENT, new, changed, gone, severities(found) if found else "none"
    )


class _Told(NamedTuple):
    """A risk, and where each environment that runs it has what it is about."""

    risk: Risk
    places: tuple[Place, ...]


def _risks(report: Report, anchors: set[str]) -> list[tuple[str, list[_Told]]]:
    """Every kind of risk with all of its risks, the worst first."""
    told = [_Told(each.risk, tuple(_places(report, each, anchors))) for each in report.dangers()]
    return [(code, list(group)) for code, group in groupby(told, key=lambda t: t.risk.code)]


def _places(report: Report, danger: Danger, anchors: set[str]) -> Iterator[Place]:
    for risk in report.risks:
        if risk[4:] == danger.risk[4:] and risk.code == danger.risk.code:
            here = f"application/{quote(risk.application)}"
            if risk.object:
                exact = anchor(risk.environment, risk.application, risk.object)
                here = exact if exact in anchors else here
            yield Place(risk.environment, here)


def _commands(text: str) -> Markup:
    """A text whose commands between backquotes are code."""
    parts = text.split("`")
    if len(parts) % 2 == 0:  # a lonely backquote opens no code
        parts = [text]
    return Markup().join(
        Markup("<code>{}</code>").format(part) if place % 2 else part
        for place, part in enumerate(parts)
    )


def _counted(cards: Sequence[Card]) -> str:
    """`2 new, 3 changed`."""
    counts = Counter(_WORDS.get(card.what, "changed") for card in cards)
    return ", ".join(
        f"{counts[word]} {word}" for word in ("new", "changed", "gone") if counts[word]
    )


def _shared_causes(cards: Sequence[Card]) -> tuple[Cause, ...]:
    """What brought all of several changes about, to be said once."""
    found = {card.causes for card in cards}
    return found.pop() if len(cards) > 1 and len(found) == 1 else ()
