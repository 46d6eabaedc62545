import networkx as nx


class Own(nx.DiGraph):
    """A subclass outside, with an instance."""

    def twice(self):
        return 2 * self.number_of_nodes()


def hold():
    graph, own = nx.Graph(), Own()
    graph.add_weighted_edges_from([(1, 2, 1.0), (2, 3, 2.0), (1, 3, 5.0)])
    own.add_edge("a", "b")
    path = nx.shortest_path
    assert path(graph, 1, 3, weight="weight") == [1, 2, 3]
    walk = nx.bfs_edges(graph, 1)
    assert next(walk)[0] == 1
    return graph, own, graph.adj, graph.degree, path, walk, nx.NetworkXNoPath, own.edges


def use(held):
    graph, own, adjacency, degree, path, walk, error, edges = held
    assert (
        path(graph, 1, 3, weight="weight") == [1, 2, 3]
        and dict(degree) == {1: 2, 2: 2, 3: 2}
        and set(adjacency[2]) == {1, 3}
    )
    own.add_edge("b", "c")
    assert (
        own.twice() == 6
        and list(edges) == [("a", "b"), ("b", "c")]
        and list(nx.topological_sort(own)) == ["a", "b", "c"]
    )
    assert nx.is_connected(graph) and nx.minimum_spanning_tree(graph).number_of_edges() == 2 and len(list(walk)) >= 1
    try:
        path(own, "c", "a")
    except error as raised:
        assert isinstance(raised, nx.NetworkXException)
    else:
        raise AssertionError("no error")
    assert type(graph) is nx.Graph and graph.subgraph([1, 2]).number_of_edges() == 1
