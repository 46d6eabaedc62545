SUFFIX = "one"


def serve(source, seen):
    for item in source:
        seen.append((item, SUFFIX, value()))


def value():
    return 1
