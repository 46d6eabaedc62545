LEVEL = 2
TABLE = {"a": 2, "b": 2}
EQUAL = 5


class C:
    limit = 2
