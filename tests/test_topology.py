"""Nodes and branches: what shorts merge and drivers reach, by a walk from node to node; and the branches' own figures."""

from __future__ import annotations

import numpy as np
import pytest

from spicemtj.circuit.crossbar import Crossbar
from spicemtj.circuit.topology import Graph, driver_resistances, topology


def walk(graph: Graph, joins: np.ndarray, start: set[int]) -> set[int]:
    """All nodes that branches of `joins` lead to from `start`."""
    neighbours: dict[int, set[int]] = {}
    for a, b in zip(graph.start[joins].tolist(), graph.end[joins].tolist(), strict=True):
        neighbours.setdefault(a, set()).add(b)
        neighbours.setdefault(b, set()).add(a)
    seen, todo = set(start), list(start)
    while todo:
        for node in neighbours.get(todo.pop(), set()) - seen:
            seen.add(node)
            todo.append(node)
    return seen


def random_graph(seed: int) -> Graph:
    rng = np.random.default_rng(seed)
    m, n = rng.integers(1, 6, 2)
    wires = {
        name: float(rng.choice([0.0, 2.0, np.inf], p=[0.3, 0.6, 0.1]))
        for name in ("r_wl", "r_bl", "r_driver_wl", "r_driver_bl", "r_far_wl", "r_far_bl")
    }
    xbar = Crossbar(int(m), int(n), **wires)
    cell = rng.choice([0.0, 1e3, np.inf, np.nan], (m, n))
    second = rng.choice([0.0, np.nan, np.inf], (m, n)) if rng.random() < 0.5 else None
    return Graph(xbar, rng.random(m + n) < 0.5, cell, second)


@pytest.mark.parametrize("seed", range(40))
def test_groups_and_fed_nodes_are_those_of_a_walk(seed: int) -> None:
    graph = random_graph(seed)
    for node in range(graph.nodes):
        merged = walk(graph, graph.resistance == 0, {node})
        assert set(np.flatnonzero(graph.group == graph.group[node]).tolist()) == merged
        assert graph.names[node] == min(merged)
    reached = walk(graph, ~np.isinf(graph.resistance), set(graph.ends[graph.driven].tolist()))
    assert set(np.flatnonzero(graph.fed[graph.group]).tolist()) == reached


@pytest.mark.parametrize("series", [False, True])
def test_branches_stand_in_their_order_and_direction(series: bool) -> None:
    """Every current of a network in which all goes from word to bit lines is positive."""
    xbar = Crossbar(3, 4, cell="1S1R" if series else "1R", r_far_wl=3.0, r_far_bl=4.0)
    second = np.full((3, 4), 7.0) if series else None
    graph = Graph(xbar, np.zeros(7, dtype=bool), np.arange(12.0).reshape(3, 4) + 100, second)
    sizes = [3, 9, 8, 4, 3, 4, 12, *([12] if series else [])]
    np.testing.assert_array_equal(np.diff([*graph.bounds, len(graph.start)]), sizes)
    values = [51.0, 1.0, 1.0, 51.0, 4.0, 5.0]
    for k, value in enumerate(values):
        assert (graph.resistance[graph.bounds[k] : graph.bounds[k + 1]] == value).all()
    np.testing.assert_array_equal(graph.resistance[graph.bounds[6] :][:12], np.arange(12.0) + 100)
    cells = slice(graph.bounds[6], graph.bounds[6] + 12)
    np.testing.assert_array_equal(graph.start[cells], np.arange(12))
    np.testing.assert_array_equal(graph.end[cells], np.arange(12) + (31 if series else 12))
    assert graph.nodes == 31 + (12 if series else 0)
    np.testing.assert_array_equal(graph.start[:3], graph.ends[:3])
    np.testing.assert_array_equal(graph.end[graph.bounds[3] : graph.bounds[4]], graph.ends[3:])
    np.testing.assert_array_equal(graph.end[graph.bounds[5] : graph.bounds[6]], graph.ends[3:])


def test_drivers_of_either_end() -> None:
    near, far = driver_resistances(Crossbar(2, 1, r_wl=1.0, r_bl=2.0, r_driver_wl=10.0, r_driver_bl=20.0, r_far_bl=5.0))
    np.testing.assert_array_equal(near, [11, 11, 22])
    np.testing.assert_array_equal(far, [np.inf, np.inf, 7])


def test_a_line_is_driven_by_its_far_driver_alone() -> None:
    options = {"r_driver_wl": np.inf, "r_driver_bl": np.inf, "r_far_wl": 5.0}
    net = topology(Crossbar(2, 3, **options), np.zeros(5, dtype=bool), np.ones((2, 3), dtype=bool))
    np.testing.assert_array_equal(net.driven, [True, True, False, False, False])
    assert net.live.all()


def test_a_selector_always_leads_on() -> None:
    xbar = Crossbar(2, 2, cell="1S1R", faults=[[2, 1], [0, 0]])
    net = topology(xbar, np.array([False, False, False, True]), np.ones((2, 2), dtype=bool))
    assert net.fed[net.bit].all()
    assert net.middle[0, 0] == net.word[0, 0]  # a short
    assert net.middle[1, 0] not in (net.word[1, 0], net.bit[1, 0])
