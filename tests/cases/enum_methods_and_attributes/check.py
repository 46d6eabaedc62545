"""Members with own __init__, __new__, attributes, methods and functions as values: what a fresh process has, under equal values too."""

from lib import Coord, Op, Planet


def hold():
    assert Planet.EARTH.slug.startswith("earth")
    return {
        "earth": Planet.EARTH,
        "describe": Planet.MARS.describe,
        "slug": Planet.EARTH.slug and Planet.EARTH,
        "coord": Coord.PY,
        "by coord": {Coord.PX: "x", Coord.PY: "y"},
        "add": Op.ADD,
        "function": Op.MUL.value[1],
        "value": Op.MUL.value,
    }


def check(held):
    assert held["earth"] is Planet.EARTH and held["earth"].density > 0 and held["earth"].labels == ["two"]
    assert held["describe"]()[:2] == ("two", "MARS") and held["describe"].__self__ is Planet.MARS
    assert held["slug"].slug == "earth-2"
    assert held["coord"] is Coord.PY and held["coord"] == b"\x02" and held["coord"].label == "p.y"
    assert held["by coord"][b"\x01"] == "x" and held["by coord"][Coord.PY] == "y" and b"\x00" not in held["by coord"]
    assert held["add"](1, 2) == [3] and held["function"](2, 3) == [6]
    assert held["function"] is Op.MUL.value[1] is held["value"][1]
