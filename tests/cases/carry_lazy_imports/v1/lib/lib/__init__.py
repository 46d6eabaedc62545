from lazy import Client, Lazy

csv = Lazy("csv", globals())
json = Lazy("json", globals())
quick = Client(len)
slow = Client(sorted)


def names():
    return csv.list_dialects() and json.loads("[1]")
