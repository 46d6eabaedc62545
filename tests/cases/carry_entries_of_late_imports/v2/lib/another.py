from lib import register

register("another", 2)
