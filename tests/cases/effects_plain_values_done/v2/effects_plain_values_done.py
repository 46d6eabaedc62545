import registry

VERSION = 2
registry.count_one()
registry.COUNT += 1
registry.FLAGS["lib"] = 2
registry.FLAGS["new"] = "text"
del registry.FLAGS["own"]
registry.FLAGS["own"] = 7
registry.ORDER.append("lib")
registry.KNOWN.add("lib")
registry.Hub.level = 2
registry.hub.size += 5
registry.hub.names.append("lib")
registry.hub.colour = "red"
registry.narrow.width = 2
