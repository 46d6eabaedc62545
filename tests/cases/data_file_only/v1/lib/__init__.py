import pathlib

TEXT = (pathlib.Path(__file__).parent / "data.txt").read_text()


def f():
    return TEXT
