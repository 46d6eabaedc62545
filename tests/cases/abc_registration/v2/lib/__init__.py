import abc
import collections.abc


class Plugin(abc.ABC):
    @abc.abstractmethod
    def run(self):
        return 2

    def base(self):
        return 2


class Real(Plugin):
    def run(self):
        return 2


class Mapping:
    def keys(self):
        return [2]


collections.abc.Mapping.register(Mapping)
