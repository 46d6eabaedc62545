import pathlib

here = pathlib.Path(__file__).parent
# an installer takes the next release away again, at this very moment
(here / "more.py").rename(here / "more.old")


def name():
    return "v2"
