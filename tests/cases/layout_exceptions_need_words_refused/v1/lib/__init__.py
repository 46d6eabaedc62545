class Many(Exception):
    pass


class Stop(Exception):
    pass
