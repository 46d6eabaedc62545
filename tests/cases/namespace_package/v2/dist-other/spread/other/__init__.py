from spread.one import f


class Mine:
    call = f


MARK = object()
