from abc import ABC, abstractmethod


class Base(ABC):
    @abstractmethod
    def run(self):
        """To be defined."""

    def name(self):
        return "two"


class Other(ABC):
    pass
