import abc
import collections.abc


class Plugin(abc.ABC):
    @abc.abstractmethod
    def run(self):
        return 1

    def base(self):
        return 1


class Real(Plugin):
    def run(self):
        return 1


class Mapping:
    def keys(self):
        return [1]


collections.abc.Mapping.register(Mapping)
