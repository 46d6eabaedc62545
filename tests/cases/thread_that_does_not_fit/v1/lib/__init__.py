def serve(source, seen):
    for item in source:
        seen.append(step(item, 1))


def step(item, extra):
    return (item, extra)
