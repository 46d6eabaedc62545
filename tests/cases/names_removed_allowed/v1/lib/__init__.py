NUMBER = 1


def gone():
    return ("gone", helper())


class Gone:
    def m(self):
        return ("Gone", NUMBER)


def helper():
    return NUMBER
