"""What the program put over a cached_property stays when that changed; what was computed is computed again."""

import lib


class Mine(lib.Page):
    def __init__(self, path):
        super().__init__(path)
        self.size = 99


def hold():
    computed, assigned, written, mine = lib.Page("/a"), lib.Page("/b"), lib.Page("/c"), Mine("/d")
    assert computed.title and computed.parts and computed.size
    assigned.title = "mine"
    assigned.parts = ["b"]
    written.__dict__["title"] = "written"
    return computed, assigned, written, mine


def check(held):
    computed, assigned, written, mine = held
    assert (computed.title, computed.parts, computed.size) == ("two", ["a"], 3)
    assert (assigned.title, assigned.parts) == ("mine", ["b"])
    assert written.title == "written" and mine.size == 99
