from abc import ABC
from typing import Protocol, runtime_checkable


@runtime_checkable
class Runs(Protocol):
    def run(self): ...


class Number(ABC):
    pass


Number.register(int)
