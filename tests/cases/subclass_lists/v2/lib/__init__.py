class Root:
    pass


class Leaf(Root):
    version = 2


class Plugin(dict):
    pass


class Oops(LookupError):
    pass


def leaves():
    return [cls.version for cls in Root.__subclasses__()]
