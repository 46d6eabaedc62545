LEVEL = 1
TABLE = {"a": 1, "b": 1}
GONE = 1
EQUAL = 1


class C:
    limit = 1
