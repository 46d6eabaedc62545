import functools


class Style:
    def __init__(self, name):
        self.name = name

    def __eq__(self, other):
        return type(other) is Style and self.name == other.name

    def __hash__(self):
        return hash(("style", self.name))

    @functools.lru_cache(maxsize=100)
    def combine(self, other):
        return Style(f"{self.name} {other.name}")

    def show(self):
        return f"1 {self.name}"


PLAIN = Style("plain")
BOLD = Style("bold")
STYLES = {"plain": PLAIN, "bold": BOLD}
