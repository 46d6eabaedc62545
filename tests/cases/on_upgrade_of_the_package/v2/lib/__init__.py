import midflight

MILLISECONDS = {}
CALLS = []


@midflight.on_upgrade("on_upgrade_of_the_package")
def take_over(change):
    CALLS.append("before")
    MILLISECONDS.update({key: value * 1000 for key, value in change.old["lib"].SECONDS.items()})


@midflight.on_upgrade("on_upgrade_of_the_package", when="after")
def settle(change):
    CALLS.append("after")
