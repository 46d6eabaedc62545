LIMIT = 1
MODE = "m1"
PATH = None
