"""Has classes whose names the new version has elsewhere, for other things."""
from collections import namedtuple
from dataclasses import dataclass
from enum import Enum


class Node:
    def __init__(self, text):
        self.text, self.line = text, 1

    def __repr__(self):
        return f"parser {self.text}"


class State(Enum):
    START = "start"
    STOP = "stop"


Span = namedtuple("Span", "first last")


@dataclass
class Options:
    strict: bool
    width: int


class Error(Exception):
    pass


class Reader:
    def read(self):
        return "v1"


class Plugin:
    def __init__(self, app):
        self.app = app

    def start(self):
        return "parser"

    def stop(self):
        return "parser"
