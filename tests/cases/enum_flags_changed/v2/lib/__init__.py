import enum


class Perm(enum.Flag):
    NEW = enum.auto()
    R = enum.auto()
    W = enum.auto()
    X = enum.auto()
    RW = R | W


class Mode(enum.IntFlag):
    WRITE = 4
    READ = 1


def can(perm, what):
    return what in perm
