import midflight

SECONDS = {"a": 1}
CALLS = []


@midflight.on_upgrade("on_upgrade_of_the_package")
def first(change):
    raise AssertionError("the hook of the lower version")
