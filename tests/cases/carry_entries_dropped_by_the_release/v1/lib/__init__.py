PLUGINS = {"one": 1, "two": 2, "three": 3}
NAMES = ["one", "two", "three"]
FLAGS = {"one", "two", "three"}
