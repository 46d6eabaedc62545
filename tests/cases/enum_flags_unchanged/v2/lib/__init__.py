import enum


class Perm(enum.Flag):
    R = enum.auto()
    W = enum.auto()
    X = enum.auto()
    RW = R | W


class Mode(enum.IntFlag):
    READ = 1
    WRITE = 2


def can(perm, what):
    return bool(perm & what)
