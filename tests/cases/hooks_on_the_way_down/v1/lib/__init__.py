import midflight

NOTES = []


class C:
    def __init__(self, a, b):
        self.a = a
        self.b = b

    def __upgrade__(self, change):
        assert (change.old_version, change.new_version) == ("2.10", "2.9")
        self.both = self.a, self.b


@midflight.on_upgrade("hooks_on_the_way_down")
def back(change):
    change.new["lib"].NOTES.append((change.old_version, change.new_version))
