LIMIT = 10
NAME = "one"
PAIR = (1, "one")
TABLE = {"k": 1}
NOTHING = None
SAME = 5
