def make(start):
    count = start

    def step():
        nonlocal count
        count += 1
        return count

    def peek():
        return ("v1", count)

    return step, peek
