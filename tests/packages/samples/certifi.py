import certifi


def hold():
    return certifi.where, certifi.where(), certifi.contents


def use(held):
    where, path, contents = held
    assert where() == path == certifi.where() and contents().count("BEGIN CERTIFICATE") > 100
