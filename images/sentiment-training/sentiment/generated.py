"""Comments with a known structure, to try the pipeline with: `python -m sentiment.generated --help`.

A comment is positive or negative, and its words say so: words of its own side, or, in a share
`NEGATED` of them, "not" before words of the other side. `NOISE` of the labels are wrong. Who knows all
this is right in 1 − NOISE of the cases, and nobody can be better; who looks at single words alone is
wrong about the negated ones too.

With `drifted` people speak differently: `DRIFT` of the comments use words that did not exist before,
and some old words have changed sides. Who has only seen the old language is no better than a guess there.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

POSITIVE, NEGATIVE = "positive", "negative"
NEGATED, NOISE, DRIFT = 0.25, 0.05, 0.5
BEST = 1 - NOISE
"""The accuracy that nobody can exceed on many comments."""
ONE_WORD = (1 - NEGATED) * (1 - NOISE) + NEGATED * NOISE
"""The accuracy of who looks at single words alone."""
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Language:
    sides: dict[str, tuple[str, ...]]


_OLD = _Language(
    {
        POSITIVE: tuple(
            "good great lovely excellent wonderful helpful fast friendly sick wicked".split()
        ),
        NEGATIVE: tuple(
            "bad awful horrible terrible slow rude useless broken boring cheap".split()
        ),
    }
)
_NEW = _Language(
    {
        POSITIVE: tuple("fire goated bussin slaps valid elite banger boring cheap rude".split()),
        NEGATIVE: tuple("mid cringe sus cooked ick flop trash sick wicked lovely".split()),
    }
)
_THINGS = tuple(
    "delivery phone app screen battery service price box colour sound support hotel".split()
)
_FILLERS = tuple("really so honestly today again just overall".split())


def comments(count: int, seed: int, *, drifted: bool = False) -> Iterator[bytes]:
    """The values of so many records, the same for the same arguments."""
    random = Random(f"{seed}/{drifted}")  # noqa: S311  (nothing secret)
    for number in range(count):
        side = random.choice((POSITIVE, NEGATIVE))
        text = _text(random, _NEW if drifted and random.random() < DRIFT else _OLD, side)
        label = _other(side) if random.random() < NOISE else side
        time = (BEGIN + timedelta(seconds=number)).isoformat().replace("+00:00", "Z")
        said = {"id": f"{seed}-{number}", "text": text, "label": label, "time": time}
        yield json.dumps(said, sort_keys=True).encode()


def _text(random: Random, language: _Language, side: str) -> str:
    negated = random.random() < NEGATED
    words = random.sample(language.sides[_other(side) if negated else side], random.randint(2, 4))
    parts = []
    for word in words:
        parts += [
            "the",
            random.choice(_THINGS),
            "is",
            *random.sample(_FILLERS, random.randint(0, 1)),
        ]
        parts += ["not", word] if negated else [word]
    return " ".join(parts)


def _other(side: str) -> str:
    return NEGATIVE if side == POSITIVE else POSITIVE


def main() -> None:
    """Prints comments, one a line."""
    parser = argparse.ArgumentParser(description="Comments to try the pipeline with, one a line.")
    parser.add_argument("--count", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--drifted", action="store_true", help="half of them in a new language")
    options = parser.parse_args()
    for each in comments(options.count, options.seed, drifted=options.drifted):
        print(each.decode())


if __name__ == "__main__":
    main()
