import gc

import bus

SEEN = []
bus.LISTENERS.append(lambda: "first 1")
bus.LISTENERS.append(lambda: "second 1")
bus.SET.add(lambda: "set 1")
gc.callbacks.append(lambda phase, info: SEEN.append(1))
