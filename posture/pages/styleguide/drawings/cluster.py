"""A Kubernetes cluster: namespaces, powers and IAM."""

from __future__ import annotations

from collections.abc import Sequence

from posture.drawing import cluster
from posture.drawing.cluster import ChainRow, PowerGroup, crossings, levels
from posture.drawing.cluster.boxes import Arrow, NodeBox
from posture.drawing.cluster.crossings import Crossing
from posture.drawing.cluster.levels import Enforced, LevelRow
from posture.pages.styleguide.drawings import HOSTILE, LONG_NAME, Example


def examples() -> Sequence[Example]:
    """Return namespaces, subjects and principals, wide and narrow."""
    rows = [
        LevelRow("letters", (1, 1, 2), cause="letters-export mounts the node's folder", pods="11", url="#",
                 zone_urls=("#", "#", "#")),
        LevelRow(LONG_NAME, (40, 0, 0), Enforced.BASELINE, HOSTILE, "1,200"),
        LevelRow("portal", (3, 0, 0), Enforced.RESTRICTED, "nothing", "9"),
        LevelRow("monitoring", enforced=None, cause="403: its workloads could not be listed", is_unseen=True, pods="?"),
        LevelRow("kube-system", (1, 2, 6), cause="they need the node", pods="31", is_own=True),
    ]  # fmt: skip
    takes = ChainRow(
        NodeBox("ci/deployer", "service account · 3 workloads", "#", is_strong=True),
        NodeBox("ci-deployer", "whole cluster"), NodeBox("deployer", "bind on clusterroles"), Arrow.TAKES, "bind",
    )  # fmt: skip
    has = ChainRow(
        NodeBox(LONG_NAME, HOSTILE, "#", is_strong=True, is_unseen=True), NodeBox("ops", "whole cluster"),
        NodeBox("cluster-admin", "* on *"), Arrow.HAS,
    )  # fmt: skip
    quiet = ChainRow(NodeBox("14 service accounts"), NodeBox("18 bindings"), NodeBox("9 roles"), Arrow.HARMLESS)
    groups = [
        PowerGroup("Cluster-admin", "everything", [has, takes], [("1 has it", True), ("ops-admin", False)], True),
        PowerGroup("Cannot escalate", "no secrets, no pods, no bindings", [quiet]),
    ]
    into = [Crossing(NodeBox("ops-admin", "AWS::IAM::Role", "#", is_strong=True), "AmazonEKSClusterAdminPolicy",
                     "cluster-admin", is_strong=True)]  # fmt: skip
    out = [Crossing(NodeBox(LONG_NAME, HOSTILE), "IRSA", "letters/letters-export"), *into]
    return [
        ("Workloads by the level that they reach; a green bar is what the label refuses.", levels.draw(rows, "Levels")),
        ("On a phone.", levels.draw_narrow(rows, "Levels, narrow")),
        ("Who has a power, and who can get it.", cluster.draw(groups, "Powers")),
        ("On a phone.", cluster.draw_narrow(groups, "Powers, narrow")),
        ("IAM into the cluster and out of it.", crossings.draw("clinic-prod", into, out, "Crossings")),
        ("Without any.", crossings.draw("clinic-prod", [], [], "Crossings, empty")),
        ("Not read.", crossings.draw("clinic-prod", [], [], "Crossings, not read", crossings.Unseen(True, True))),
        ("On a phone.", crossings.draw_narrow("clinic-prod", into, out, "Crossings, narrow")),
    ]
