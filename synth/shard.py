"""Which environments one of several machines builds that make a fleet together."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple

_FORM = re.compile(r"([1-9][0-9]*)/([1-9][0-9]*)")


class Shard(NamedTuple):
    """One of so many shares, counted from 1. The first also has what belongs to no environment."""

    number: int
    of: int

    @property
    def first(self) -> bool:
        """Whether it has what belongs to no environment: the settings, and what no sources make."""
        return self.number == 1

    def environments(self, clusters: Mapping[str, str]) -> tuple[str, ...]:
        """Those of these environments that it builds; each comes with its cluster.

        Environments of one cluster stay together, since each decides what the others may own; beyond
        that, shares are as even as can be.
        """
        groups: dict[str, list[str]] = defaultdict(list)
        for name in sorted(clusters):
            groups[clusters[name]].append(name)
        shares: list[list[str]] = [[] for _ in range(self.of)]
        for group in sorted(groups.values(), key=lambda names: (-len(names), names)):
            min(shares, key=len).extend(group)
        return tuple(sorted(shares[self.number - 1]))


WHOLE = Shard(1, 1)


def parse(text: str) -> Shard:
    """`2/8` is the second of eight. Raises ValueError."""
    match = _FORM.fullmatch(text)
    shard = Shard(*map(int, match.groups())) if match else None
    if shard is None or shard.number > shard.of:
        raise ValueError(f"{text} is no shard; 2/8 is the second of eight")
    return shard
