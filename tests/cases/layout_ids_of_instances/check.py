"""Tables of the program keyed by id() of instances that get new objects: the numbers follow, and the report says so."""

import lib

SEEN = {}


class Memo:
    def __init__(self):
        self.visited = set()


class Sub(lib.Node):
    pass


def hold():
    nodes = [lib.Node(i) for i in range(50)] + [Sub(i) for i in range(50)]
    memo = Memo()
    for node in nodes:
        SEEN[id(node)] = f"node {node.n}"
        memo.visited.add(id(node))
    SEEN[12345] = "no address"
    return nodes, memo, {id(nodes[0]): {id(nodes[1])}}, frozenset([id(nodes[2])])


def check(held, report=None):
    nodes, memo, nested, frozen = held
    assert SEEN == {**{id(node): f"node {node.n}" for node in nodes}, 12345: "no address"}
    assert list(SEEN)[:2] == [id(nodes[0]), id(nodes[1])]
    assert memo.visited == {id(node) for node in nodes} and id(nodes[7]) in memo.visited
    assert nested == {id(nodes[0]): {id(nodes[1])}} and frozen == {id(nodes[2])}
    assert report is None or any("id()" in note for note in report.notes)
