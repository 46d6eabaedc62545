import enum
class Mode(enum.IntFlag):
    READ = 1
    WRITE = 2
class Flag(enum.Flag, boundary=enum.KEEP):
    A = 1
    B = 2
class Same(enum.IntFlag):
    A = 1
    B = 2
def table(default=Mode.READ | 8): return default
