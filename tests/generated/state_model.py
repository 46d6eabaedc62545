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


def touched(base, ours):
    """Did the program change the object, or something that lies in it?"""
    if not is_object(ours):
        return False
    before, now = dict(entries(base)), dict(entries(ours))
    return before.keys() != now.keys() or any(not same(before[k], now[k]) or touched(before[k], now[k]) for k in now)


class Model:
    """One module: its two versions, and what a new instance of each class is."""

    def __init__(self, old, new, fresh):
        self.old, self.new, self.fresh = old, new, fresh

    # ---- the table ----

    def slot(self, base, ours, theirs):
        if not same(base, ours):
            return self.follow(ours)  # the program's way
        if is_object(ours) and touched(base, ours):
            return self.merge(base, ours, theirs) if self.pairs(ours, theirs) else self.follow(ours)
        return theirs

    def pairs(self, ours, theirs):
        return is_object(theirs) and (ours["kind"], ours["class"]) == (theirs["kind"], theirs["class"])

    def merge(self, base, ours, theirs):
        """An object that stays: its slots one by one."""
        merged = {**ours, "attributes": self.merge_attributes(base, ours, theirs)}
        contents = base["content"], ours["content"], theirs["content"]
        if ours["kind"] == "dict":
            merged["content"] = [[k, v] for k, v in self.merge_names(*map(dict, contents)).items()]
        elif ours["kind"] in ("list", "deque"):
            merged["content"] = merge_lists(*contents)
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
            if before in now and name not in now and not same(base.get(before, MISSING), now[before]):
                merged[name] = now[before]  # what the program set under the old name
            if name not in theirs and not self.has_place(ours["class"]):
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
        if not is_object(ours) or ours["class"] not in self.fresh:
            return ours
        fresh, now = self.fresh[ours["class"]], ours["attributes"]
        followed = {
            name: one for name, one in now.items() if name in fresh["attributes"] or self.has_place(ours["class"])
        }
        for name, one in fresh["attributes"].items():
            before = self.renamed(ours["class"], name)
            followed.setdefault(name, now[before] if before in now else one)
        content = ours["content"]
        if ours["kind"] == "named":
            values = dict(content)
            content = [[name, values.get(name, default)] for name, default in fresh["content"]]
        return {**ours, "attributes": followed, "content": content}

    # ---- a module ----

    def state(self, base, ours, theirs):
        expected = {}
        for name in [*ours, *(name for name in theirs if name not in ours)]:
            was, now, new = base.get(name), ours.get(name), theirs.get(name)
            if is_object(now) and now["kind"] == "enum":
                value = new
            elif is_object(now) and now["kind"] in ("class", "function"):
                value = {**new, "attributes": self.merge_names(was["attributes"], now["attributes"], new["attributes"])}
            elif name.startswith("M") and self.old[name[1:]]["factor"] != self.new[name[1:]]["factor"]:
                value = new  # a memo whose function changed
            else:
                value = self.slot(was, now, new)
            if value is not MISSING:
                expected[name] = value
        return expected

    def member(self, ours, theirs):
        """A member that the program holds, or a combination of them, by the names."""
        _, cls, name, value = ours
        values = dict(theirs[cls]["members"])
        names = name.split("|")
        if any(one not in values for one in names):
            return ours
        numbers = [int(values[one]) for one in names] if len(names) > 1 else []
        return ["member", cls, name, values[name] if not numbers else str(sum(set(numbers)))]


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
    return [plain(one) for one in node] if isinstance(node, list) else node


def same_member(left, right):
    return left[:2] == right[:2] and left[3] == right[3] and sorted(left[2].split("|")) == sorted(right[2].split("|"))


def wrong(old, new, seen, theirs):
    """What is not as the model has it, in sentences."""
    model, found = Model(old, new, seen["fresh"]), list(seen["wrong"])
    expected = model.state(seen["base"], seen["ours"], theirs)
    for name in [*expected, *(name for name in seen["now"] if name not in expected)]:
        left, right = plain(seen["now"].get(name)), plain(expected.get(name))
        if left != right:
            found.append(f"lib.{name}\n    is        {left}\n    should be {right}")
    for n, (before, now) in enumerate(zip(seen["kept before"], seen["kept now"], strict=True)):
        member = isinstance(before, list)
        right = model.member(before, theirs) if member else model.follow(before)
        if not (same_member(now, right) if member else plain(now) == plain(right)):
            found.append(f"kept {n}\n    is        {plain(now)}\n    should be {plain(right)}")
    for path, is_same, alike in seen["moved"]:
        if alike and not is_same:
            found.append(f"lib.{path}: what was held is not what the module has")
    if seen["alive"]:
        found.append(f"the old version lives: {seen['alive']}")
    return found
