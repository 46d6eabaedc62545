from lazy import Client, Lazy

json = Lazy("json", globals())
quick = Client(len)
slow = Client(sum)


def names():
    import csv

    return csv.list_dialects() and json.loads("[2]")
