"""What must be where after an upgrade: docs/design.md's table once more, on descriptions (state_program.describe) and nothing else.

base is what the old version began with, ours what the program made of it, theirs what a fresh process on the new version begins with.
"""

from tests.generated import state_packages as packages

MISSING = None


def is_object(node):
    return isinstance(node, dict)


def same(base, ours):
    """Is it what the import put there? For objects: that very object."""
    if is_object(base) and is_object(ours):
        return base["id"] == ours["id"]
    if isinstance(base, list) and isinstance(ours, list) and base[:1] == ours[:1] == ["member"]:
        return base[:3] == ours[:3]  # of a member not the attributes that it got
    return base == ours


def entries(node):
    """The slots in an object: (name or position, description)."""
    content = node["content"]
    if node["kind"] in ("dict", "named"):
        found = [(key, one) for key, one in content]
    elif node["kind"] in ("list", "tuple", "deque"):
        found = list(enumerate(content))
    else:
        found = [("content", content)]
    return found + [("." + name, one) for name, one in node["attributes"].items()]


def objects(node):
    """All objects in a description, the outer ones first."""
    queue = [node]
    for one in queue:
        queue += [part for _, part in entries(one)] if is_object(one) else []
        if is_object(one):
            yield one


class Model:
    """One module: its two versions, what it began with, what the program made of it, and what the new version begins with."""

    def __init__(self, old, new, seen, theirs):
        self.old, self.new, self.seen, self.theirs, self.fresh = old, new, seen, theirs, seen["fresh"]
        self.base = {one["id"]: one for node in seen["base"].values() for one in parts_of(node)}
        self.ours = {
            one["id"]: one for node in [*seen["ours"].values(), *seen["kept before"]] for one in parts_of(node)
        }
        self.starts = {one["id"]: one for node in theirs.values() for one in parts_of(node)}
        self.partner, self.parent = {}, {}
        self.pair(seen["base"], theirs)
        self.partner_of = {}
        for number, new in self.partner.items():
            self.partner_of.setdefault(new, number)
        self.asked, self.done = {}, {}
        self.notes = {
            tuple(one[1:3]): one[4] for one in [*members(list(seen["ours"].values())), *members(seen["kept before"])]
        }

    def pair(self, base, theirs):
        """Objects at the same place in both versions; the shortest path counts, and classes and functions come first."""
        queue = [(None, base.get(name), theirs.get(name)) for name in base]
        queue += [(None, *pair) for was, new in zip_names(base, theirs) for pair in zip_slots(was, new)]
        for parent, was, new in queue:
            if not (is_object(was) and is_object(new) and "id" in was and alike(was, new)) or was["id"] in self.partner:
                continue
            self.partner[was["id"]], self.parent[was["id"]] = new["id"], parent
            queue += [(was["id"], *pair) for pair in zip_slots(was, new)]

    # ---- the table ----

    def touched(self, number):
        """Did the program change the object, or something that lies in it and is found first there?"""
        if number not in self.asked and number in self.base and number in self.ours:
            self.asked[number] = False  # a cycle
            before, now = dict(entries(self.base[number])), dict(entries(self.ours[number]))
            inside = [
                one["id"]
                for one in before.values()
                if is_object(one) and self.parent.get(one["id"], number) in (number, None)
            ]
            inside = [one for one in inside if self.parent.get(one, number) == number]
            self.asked[number] = (
                before.keys() != now.keys() or any(not same(before[k], now[k]) for k in now) or any(map(self.touched, inside))
            )  # fmt: skip
        return self.asked.get(number, False)

    def slot(self, base, ours, theirs):
        if not same(base, ours):
            return self.final(ours)  # the program's way
        if is_object(ours) and self.touched(ours["id"]):
            return self.final(ours)
        return self.start(theirs)

    def final(self, node):
        """What something of the old world is in the end."""
        if not is_object(node):
            return self.member(node) if node and node[0] == "member" else node
        first = self.partner_of.get(
            self.partner.get(node["id"])
        )  # of several in whose places the new version has one object
        apart = first != node["id"] and self.touched(node["id"])
        return self.follow(node) if first is None or apart else self.of_pair(first)

    def start(self, node):
        """What something of the new world is in the end: where the old object stays, that."""
        if not is_object(node):
            return [*node[:4], self.notes.get(tuple(node[1:3]), node[4])] if node and node[0] == "member" else node
        return (
            self.of_pair(self.partner_of[node["id"]]) if node["id"] in self.partner_of else self.map(node, self.start)
        )

    def of_pair(self, number):
        """What an object that both versions have is in the end."""
        if number not in self.done:
            theirs = self.starts[self.partner[number]]
            self.done[number] = ["cycle"]
            if self.touched(number):
                self.done[number] = self.merge(self.base[number], self.ours[number], theirs)
            else:
                self.done[number] = self.map(theirs, self.start)
        return self.done[number]

    def map(self, node, function):
        """The same description with another one for each part."""
        content = node["content"]
        if node["kind"] in ("dict", "named"):
            content = [[key, function(one)] for key, one in content]
        elif node["kind"] in ("list", "tuple", "deque"):
            content = [function(one) for one in content]
        return {
            **node,
            "content": content,
            "attributes": {name: function(one) for name, one in node["attributes"].items()},
        }

    def merge(self, base, ours, theirs):
        """An object that stays: its slots one by one."""
        merged = {**ours, "attributes": self.merge_attributes(base, ours, theirs)}
        contents = base["content"], ours["content"], theirs["content"]
        if ours["kind"] == "dict":
            merged["content"] = [[k, v] for k, v in self.merge_names(*map(dict, contents)).items()]
        elif ours["kind"] in ("list", "deque"):
            merged["content"] = [self.final(one) for one in merge_lists(*contents)]
        elif ours["kind"] == "set":
            was, now, new = map(set, contents)
            merged["content"] = sorted((now - (was - new)) | (new - was))
        return merged

    def merge_names(self, base, ours, theirs):
        merged = {}
        for name in [*ours, *(name for name in theirs if name not in ours)]:
            value = self.slot(base.get(name, MISSING), ours.get(name, MISSING), theirs.get(name, MISSING))
            if value is not MISSING:
                merged[name] = value
        return merged

    def merge_attributes(self, base, ours, theirs):
        base, now, theirs = base["attributes"], ours["attributes"], theirs["attributes"]
        merged = self.merge_names(base, now, theirs)
        for name in list(merged):
            before = self.renamed(ours["class"], name)
            changed = before in now and not same(base.get(before, MISSING), now[before])
            changed = changed or (before in now and is_object(now[before]) and self.touched(now[before]["id"]))
            if changed and name not in now:
                merged[name] = self.final(now[before])  # what the program set under the old name
            deleted = before in base and before not in now and name not in now
            if deleted or (name not in theirs and not self.has_place(ours["class"])):
                del merged[name]
        return merged

    # ---- objects that follow their class ----

    def spec(self, version, name):
        one = version.get(name)
        return (
            {} if one is None else {f: text for c in packages.lineage(version, one) for f, text in c["fields"].items()}
        )

    def renamed(self, cls, name):
        """The name that an attribute had in the old version, if it has another one now and is set by the same expression."""
        if {self.old[cls]["kind"], self.new[cls]["kind"]} - {"plain", "builtin"}:
            return None  # a field is no expression: its default counts
        old, before = self.spec(self.old, cls), name.partition("_")[2]
        while before and before not in old:
            before = before.partition("_")[2]
        text = self.spec(self.new, cls).get(name)
        return before if before and before not in self.spec(self.new, cls) and old.get(before) == text else None

    def has_place(self, cls):
        return cls in self.new and packages.has_dict(self.new, self.new[cls])

    def follow(self, ours):
        """An object that is not paired: what it has stays, what its class adds is filled in."""
        ours = self.map(ours, self.final)
        if ours["class"] not in self.fresh:
            return ours
        fresh, now = self.fresh[ours["class"]], ours["attributes"]
        followed = {
            name: one for name, one in now.items() if name in fresh["attributes"] or self.has_place(ours["class"])
        }
        for name, one in fresh["attributes"].items():
            before = self.renamed(ours["class"], name)
            if name not in self.spec(self.old, ours["class"]):  # or it was deleted
                followed.setdefault(name, now[before] if before in now else one)
        content = ours["content"]
        if ours["kind"] == "named":
            values = dict(content)
            content = [[name, values.get(name, default)] for name, default in fresh["content"]]
        return {**ours, "attributes": followed, "content": content}

    def member(self, ours):
        """A member of an enumeration, or a combination of flags: by the names, or else by an alias."""
        _, cls, name, value, note = ours
        before, values = dict(self.seen["base"][cls]["members"]), dict(self.theirs[cls]["members"])
        found = []
        for part in name.split("|"):
            aliases = [part, *(alias for alias, one in before.items() if one == before.get(part))]
            found += [alias for alias in aliases if alias in values][:1]
        if len(found) < len(name.split("|")):
            return ours
        if len(found) == 1:
            name = next(one for one in values if values[one] == values[found[0]])
            return ["member", cls, name, values[found[0]], note]
        return ["member", cls, name, str(sum({int(values[one]) for one in found})), note]

    # ---- a module ----

    def state(self):
        expected, base, ours = {}, self.seen["base"], self.seen["ours"]
        for name in [*ours, *(name for name in self.theirs if name not in ours)]:
            was, now, new = base.get(name), ours.get(name), self.theirs.get(name)
            if is_object(now) and now["kind"] == "enum":
                value = new
            elif is_object(now) and now["kind"] in ("class", "function"):
                value = {**new, "attributes": self.merge_names(was["attributes"], now["attributes"], new["attributes"])}
                defaults = {
                    name: self.start(one) for name, one in new["attributes"].items() if name.startswith("default ")
                }
                value["attributes"].update(
                    defaults
                )  # the new code's, whatever was put into another one of the old code's
            elif name.startswith("M") and self.old[name[1:]]["factor"] != self.new[name[1:]]["factor"]:
                value = new  # a memo whose function changed
            else:
                value = self.slot(was, now, new)
            if value is not MISSING:
                expected[name] = value
        return expected

    def strayed(self):
        """What the program held from a place of the package, and what is there now, must be one object; of several places the first
        one of the old version says which object is which."""
        base, ours, now = (dict(self.seen[f"places {when}"]) for when in ("before", "ours", "now"))
        found = []
        for path, number, alike in self.seen["held"]:
            was = ours[path]
            first = next((place for place, one in base.items() if one == was), path)
            moved = first in now and ours.get(first) == was and now[first] != number and (first == path and alike)
            found += [f"lib.{path}: what was held is not what the module has"] if moved else []
        return found


def parts_of(node):
    """The objects of a module's name: of a class or function what lies in its attributes."""
    if is_object(node) and node["kind"] in ("class", "function"):
        return [one for part in node["attributes"].values() for one in objects(part)]
    return [] if not is_object(node) or node["kind"] == "enum" else list(objects(node))


def members(node):
    """All members of enumerations in descriptions."""
    if isinstance(node, list) and node and node[0] == "member":
        yield node
    for part in node.values() if is_object(node) else node if isinstance(node, list) else ():
        yield from members(part) if isinstance(part, (dict, list)) else ()


def alike(was, new):
    return (was["kind"], was["class"]) == (new["kind"], new["class"])


def zip_names(base, theirs):
    """Classes and functions of both versions."""
    kinds = ("class", "function")
    return [
        (node, theirs[name])
        for name, node in base.items()
        if is_object(node) and node["kind"] in kinds and name in theirs
    ]


def zip_slots(was, new):
    if "id" in was and was["kind"] in ("list", "tuple", "deque") and len(was["content"]) != len(new["content"]):
        return []
    before, after = dict(slots_of(was)), dict(slots_of(new))
    return [(before[name], after[name]) for name in before if name in after]


def slots_of(node):
    return entries(node) if "id" in node else list(node["attributes"].items())


def merge_lists(base, ours, theirs):
    """What the program put in front and behind stays there; in between, the release's items in its order, but what the program
    took out."""
    kept = [one for one in ours if one in base]
    at = [n for n, one in enumerate(ours) if one in base]
    front = ours[: at[0]] if at else []
    behind = [one for one in ours[len(front) :] if one not in base]
    return front + [one for one in theirs if one in kept or one not in base] + behind


def plain(node):
    """Without addresses, to be compared."""
    if is_object(node):
        members = {"members": node["members"]} if "members" in node else {}
        attributes = {name: plain(one) for name, one in sorted(node.get("attributes", {}).items())}
        return {
            "kind": node["kind"],
            "class": node.get("class"),
            "attributes": attributes,
            "content": plain(node.get("content")),
            **members,
        }
    if isinstance(node, list) and node and node[0] == "member":
        return [*node[:2], "|".join(sorted(node[2].split("|"))), *node[3:]]
    return [plain(one) for one in node] if isinstance(node, list) else node


def wrong(old, new, seen, theirs):
    """What is not as the model has it, in sentences."""
    model = Model(old, new, seen, theirs)
    found, expected = [*seen["wrong"], *model.strayed()], model.state()
    for name in [*expected, *(name for name in seen["now"] if name not in expected)]:
        left, right = plain(seen["now"].get(name)), plain(expected.get(name))
        if left != right:
            found.append(f"lib.{name}\n    is        {left}\n    should be {right}")
    for n, (before, now) in enumerate(zip(seen["kept before"], seen["kept now"], strict=True)):
        right = model.final(before)
        if plain(now) != plain(right):
            found.append(f"kept {n}\n    is        {plain(now)}\n    should be {plain(right)}")
    if seen["alive"]:
        found.append(f"the old version lives: {seen['alive']}")
    return found
