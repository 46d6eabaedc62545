import enum


class Perm(enum.Flag):
    R = enum.auto()
    X = enum.auto()


class Mode(enum.IntFlag):
    READ = 1
    WRITE = 2


def can(perm, what):
    return what in perm
