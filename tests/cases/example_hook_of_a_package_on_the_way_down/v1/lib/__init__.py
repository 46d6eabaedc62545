try:
    from midflight import on_upgrade
except ImportError:  # the package works without midflight, too

    def on_upgrade(distribution):
        return lambda function: function


MILLISECONDS = {"start": 1000}


def put(key, ms):
    MILLISECONDS[key] = ms


@on_upgrade("example_hook_of_a_package_on_the_way_down")
def convert(change):
    old, new = change.old["lib"], change.new["lib"]
    if hasattr(old, "ENTRIES"):  # on the way up
        new.MILLISECONDS.update({key: seconds * 1000 for key, seconds in old.ENTRIES.items()})
    elif hasattr(new, "ENTRIES"):  # on the way down
        new.ENTRIES.update({key: ms / 1000 for key, ms in old.MILLISECONDS.items()})
