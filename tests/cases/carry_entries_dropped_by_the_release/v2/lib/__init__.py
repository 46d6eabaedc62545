PLUGINS = {"one": 10, "three": 3, "four": 4}
NAMES = ["one", "three", "four"]
FLAGS = {"one", "three", "four"}
