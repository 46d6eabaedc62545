LIMIT = 20
NAME = "two"
PAIR = (2, "two")
TABLE = {"k": 2}
NOTHING = 7
SAME = 5
