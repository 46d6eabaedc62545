import registry


class Plugin:
    version = 1

    def __init__(self):
        self.count = 0


registry.hub.plugins["lib"] = Plugin()
registry.ORDER.append(Plugin)
registry.KNOWN.add(Plugin)
