import gc

import bus

SEEN = []
bus.LISTENERS.append(lambda: "first 2")
bus.LISTENERS.append(lambda: "second 2")
bus.SET.add(lambda: "set 2")
gc.callbacks.append(lambda phase, info: SEEN.append(2))
