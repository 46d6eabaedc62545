import enum
class Mode(enum.IntFlag):
    WRITE = 4
    READ = 1
class Flag(enum.Flag, boundary=enum.KEEP):
    A = 4
    C = 2
class Same(enum.IntFlag):
    A = 1
    B = 2
def table(default=Mode.READ | 8): return default
