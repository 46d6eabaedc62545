LIMIT = 2
MODE = "m2"
PATH = None
