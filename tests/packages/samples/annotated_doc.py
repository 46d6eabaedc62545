import typing

import annotated_doc
from annotated_doc import Doc


class Long(Doc):
    """Documentation of the program's own kind."""


def send(to: typing.Annotated[str, Doc("who gets it")], times: typing.Annotated[int, Long("how often")] = 1):
    return to * times


def hold():
    hint = typing.get_type_hints(send, include_extras=True)["to"]
    assert hint.__metadata__[0].documentation == "who gets it"
    return hint, Doc("x"), {Doc("key"): 1}, typing.Annotated[int, Doc("n")], annotated_doc.Doc


def use(held):
    hint, doc, table, alias, kind = held
    assert (
        kind is Doc and isinstance(doc, Doc) and hint.__metadata__ == (Doc("who gets it"),) and table[Doc("key")] == 1
    )
    assert doc == Doc("x") and doc != Doc("y") and repr(doc) == "Doc('x')" and alias == typing.Annotated[int, Doc("n")]
    times = typing.get_type_hints(send, include_extras=True)["times"].__metadata__[0]
    assert type(times) is Long and times.documentation == "how often" and send("a", 2) == "aa"
