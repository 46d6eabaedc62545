import generator


@generator.define("x")
class P:
    pass


@generator.define("x", frozen=True)
class F:
    pass
