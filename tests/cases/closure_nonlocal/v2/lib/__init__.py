def make(start):
    count = start

    def step():
        nonlocal count
        count += 2
        return count

    def peek():
        return ("v2", count)

    return step, peek
