MISSING = object()
OTHER = object()
IDS = {id(MISSING)}
NAMES = {id(MISSING): "missing"}


class Node:
    pass


NODE = Node()
BY_ID = {}


def note(node):
    BY_ID[id(node)] = "noted"


def is_missing(x=MISSING):
    return x is MISSING and id(x) in IDS and NAMES.get(id(x))
