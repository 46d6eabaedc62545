def serve(source, seen):
    for item in source:
        seen.append(step(item))


def step(item):
    return (item, "new")
