LIMIT = 10
NAME = "a"
