def spin(stop):
    while not stop.is_set():
        pass
