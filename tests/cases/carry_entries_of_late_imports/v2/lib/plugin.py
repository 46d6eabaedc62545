from lib import register


class Plugin:
    version = 2


register("dash", Plugin)
