"""Everything that a review says of a change, for whichever form it is shown in."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from synth.review.causes import Cause, Causes, Edit, Sources
from synth.review.comparison import KUSTOMIZATION, Change, What, compare
from synth.review.describe import Sentence, sentences
from synth.review.risks.found import risks
from synth.review.risks.kinds import Risk
from synth.review.risks.surroundings import Surroundings
from synth.review.words import some, where


@dataclass(frozen=True, slots=True)
class Described:
    """A change with what it means and what brought it about."""

    change: Change
    sentences: tuple[Sentence, ...]
    causes: tuple[Cause, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """`base` says what was compared with, `edits` what was changed by hand; `notes` what the report
    cannot say, and why.
    """

    base: str
    edits: tuple[Edit, ...]
    changes: tuple[Described, ...]
    risks: tuple[Risk, ...]
    notes: tuple[str, ...]

    @property
    def environments(self) -> list[str]:
        """Every environment that something changes in, in the order of their names; empty for the
        settings of Argo CD, which come last.
        """
        found = {each.change.environment for each in self.changes}
        return sorted(found, key=lambda name: (not name, name))

    def count(self, environment: str) -> Mapping[What, int]:
        """How many objects of an environment come, go or change."""
        return Counter(
            each.change.what for each in self.changes if each.change.environment == environment
        )

    def lines(self) -> list[Line]:
        """Everything that happens, by application, each thing once with all environments that it
        happens in.
        """
        return sorted(_lines(self.changes), key=lambda line: line.application)

    def dangers(self) -> list[Danger]:
        """Every risk once, with all environments that run it, the worst first."""
        found: dict[tuple[str, str, str, str], list[Risk]] = defaultdict(list)
        for risk in self.risks:
            found[risk.code, risk.subject, risk.reason, risk.way_out].append(risk)
        return [
            Danger(each[0], tuple(dict.fromkeys(risk.environment for risk in each)))
            for each in found.values()
        ]


class Line(NamedTuple):
    """A sentence, the environments that it is true in, and the causes in each of them."""

    application: str
    kind: str
    what: What
    sentence: Sentence
    environments: tuple[str, ...]
    causes: tuple[Cause, ...]

    def __str__(self) -> str:
        return said(self.sentence, self.environments)


class Danger(NamedTuple):
    """A risk and the environments that run it."""

    risk: Risk
    environments: tuple[str, ...]


def together(lines: Iterable[Line], most: int = 10) -> list[Line]:
    """The lines, with those of one application that say the same of many objects of a kind as one
    that names the first of these.
    """
    same: dict[tuple[object, ...], list[Line]] = defaultdict(list)
    for line in lines:
        says = (line.application, line.kind, line.what, line.sentence.says, line.environments)
        same[says].append(line)
    return [each for group in same.values() for each in _joined(group, most)]


def _joined(lines: list[Line], most: int) -> list[Line]:
    if len(lines) < 4:
        return lines
    first, *rest = (line.sentence.subject for line in lines)
    noun = first.rpartition(" ")[0]
    names = [first, *(name.removeprefix(f"{noun} ") for name in rest)]
    causes = tuple(dict.fromkeys(cause for line in lines for cause in line.causes))
    sentence = Sentence(some(names, most), lines[0].sentence.says)
    return [lines[0]._replace(sentence=sentence, causes=causes)]


def said(sentence: Sentence, environments: Sequence[str]) -> str:
    """`sentiment in prod: canary 10 % → 25 %`."""
    return f"{sentence.subject}{where(environments)}: {sentence.says}"


def report(
    base: str, surroundings: Surroundings, sources: Sources, notes: Iterable[str] = ()
) -> Report:
    """What changes from one side to the other."""
    changes = compare(surroundings.before, surroundings.after)
    causes = Causes(sources)
    return Report(
        base,
        tuple(causes.edits()),
        tuple(Described(each, tuple(sentences(each)), causes.of(each)) for each in changes),
        tuple(risks(changes, surroundings)),
        (*notes, *_not_seen(changes)),
    )


def _not_seen(changes: Sequence[Change]) -> Iterator[str]:
    """Which applications were not looked into."""
    names = sorted({c.application for c in changes if c.object.kind == KUSTOMIZATION})
    if names:
        yield (
            f"{some(names)} {'refers' if len(names) == 1 else 'refer'} to upstream's files, which "
            "Argo CD builds: of what is inside only which objects come and go, the versions of "
            "CRDs and the images of containers are compared"
        )


def _lines(changes: Iterable[Described]) -> Iterator[Line]:
    same: dict[tuple[str, str, What, Sentence], list[Described]] = defaultdict(list)
    for each in changes:
        change = each.change
        for sentence in each.sentences:
            same[change.application, change.object.kind, change.what, sentence].append(each)
    for (application, kind, what, sentence), found in same.items():
        environments = tuple(dict.fromkeys(each.change.environment for each in found))
        causes = tuple(dict.fromkeys(cause for each in found for cause in each.causes))
        yield Line(application, kind, what, sentence, environments, causes)
