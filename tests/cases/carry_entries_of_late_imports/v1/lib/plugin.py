from lib import register


class Plugin:
    version = 1


register("under_score", Plugin)
