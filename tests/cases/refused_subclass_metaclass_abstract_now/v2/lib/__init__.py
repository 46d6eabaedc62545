import abc


class Base(abc.ABC):
    pass
