import enum


class Perm(enum.Flag):
    R = 1
    W = 2


class Left(enum.Flag):
    A = 1
    B = 2
    C = 4
