import generator


@generator.define("x", ("items", generator.Factory(list)), ("n", 3))
class P:
    def __attrs_post_init__(self):
        self.seen = {}


@generator.define("x", ("tags", generator.Factory(dict)), frozen=True)
class F:
    pass
