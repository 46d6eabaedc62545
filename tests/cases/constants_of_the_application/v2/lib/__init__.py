LIMIT = 20
NAME = "b"
