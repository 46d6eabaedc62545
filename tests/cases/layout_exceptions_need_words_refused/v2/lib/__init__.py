class Many(ExceptionGroup):
    pass


class Stop(StopIteration):
    pass
