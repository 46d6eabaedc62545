"""Random modules that hold state, random releases of them, and random programs that change that state.

A module is a dict: name -> a small dict with "kind", in the order of its source. `source` puts it into words, an edit of EDITS changes
it into the next version, `program` writes what a program does to the old version (it knows the new one, so that it does not ask for
what must be refused: an attribute that has no place any more, a weak reference to what allows none).

Every literal is used once. So two attributes have the same expression only if one is the other, renamed.
"""

import re

BUILTINS = {"int": "7", "str": "'text'", "float": "2.5", "bytes": "b'raw'", "tuple": "(1, 2)", "frozenset": "(1, 2)",
            "dict": "{'k': 1}", "list": "[1, 2]", "set": "[1, 2]", "Exception": "'why'"}  # fmt: skip
SLOTTED = (
    "object",
    "str",
    "float",
    "dict",
    "list",
    "set",
    "frozenset",
    "Exception",
)  # the others have no room for slots
ENUMS = ("Enum", "IntEnum", "StrEnum", "Flag", "IntFlag")
TABLES = ("dict", "OrderedDict", "defaultdict", "list", "deque", "set")


class Fresh:
    """Names and numbers that never come again."""

    def __init__(self):
        self.n = 100

    def number(self):
        self.n += 1
        return self.n

    def name(self, prefix):
        return f"{prefix}{self.number()}"

    def literal(self, random):
        n = self.number()
        return random.choice([f"{n}", f"'t{n}'", f"[{n}]", f"{{'n': {n}}}", f"({n},)"])

    def atom(self, random):
        n = self.number()
        return random.choice([f"{n}", f"'t{n}'", f"{n}.5"])


# ---- modules ----


def make_class(random, fresh, module):
    kind = random.choice(["plain", "plain", "plain", "builtin", "builtin", "dataclass", "tuple"])
    one = {"kind": kind, "fields": {}, "base": "object", "level": fresh.atom(random), "shared": None, "slots": None}
    for _ in range(random.randrange(5)):
        one["fields"][fresh.name("f")] = (
            expression(random, fresh, module) if kind != "dataclass" else fresh.atom(random)
        )
    if kind == "builtin":
        one["base"] = random.choice(list(BUILTINS))
    parents = [name for name, other in module.items() if other["kind"] == "plain"]
    if kind == "plain" and parents and random.random() < 0.4:
        one["base"] = random.choice(parents)
    if kind in ("plain", "builtin") and root(module, one) in SLOTTED and random.random() < 0.4:
        one["slots"] = random.choice([[], ["__weakref__"], ["__dict__"], ["__dict__", "__weakref__"]])
    if kind == "dataclass":
        one["slots"] = random.choice([None, None, []])
    if kind != "tuple" and random.random() < 0.4:
        one["shared"] = expression(random, fresh, module)
    return one


def expression(random, fresh, module):
    """A literal, or one with an instance in it."""
    classes = [name for name, one in module.items() if one["kind"] == "plain"]
    return (
        f"[{random.choice(classes)}(), {fresh.number()}]"
        if classes and random.random() < 0.15
        else fresh.literal(random)
    )


def root(module, one):
    """The built-in class that instances get their memory layout from."""
    while one["base"] in module:
        one = module[one["base"]]
    return one["base"]


def lineage(module, one):
    """The class and its bases of the module, outermost first."""
    found = [one]
    while found[0]["base"] in module:
        found.insert(0, module[found[0]["base"]])
    return found


def has_dict(module, one):
    slotted = all(c["slots"] is not None and "__dict__" not in c["slots"] for c in lineage(module, one))
    return one["kind"] != "tuple" and (not slotted or root(module, one) == "Exception")


def has_weakrefs(module, one):
    slotted = all(c["slots"] is not None and "__weakref__" not in c["slots"] for c in lineage(module, one))
    sized = root(module, one) in ("int", "bytes", "tuple")
    native = root(module, one) in ("set", "frozenset")
    return native or (one["kind"] != "tuple" and not slotted and not sized)


def make_enum(random, fresh):
    base = random.choice(ENUMS)
    one = {"kind": "enum", "base": base, "members": {}}
    for _ in range(random.randrange(2, 5)):
        one["members"][fresh.name("M")] = member_value(random, fresh, one)
    if random.random() < 0.3:
        one["members"][fresh.name("M")] = random.choice(list(one["members"]))  # an alias
    return one


def member_value(random, fresh, one):
    if one["base"] == "StrEnum":
        return repr(fresh.name("v"))
    if "Flag" in one["base"]:
        one["bits"] = one.get("bits", -1) + 1  # of both versions: no bit comes again
        return str(2 ** one["bits"])
    return str(fresh.number())


def value(random, fresh, module, depth=0):
    """The text of a value: an atom, a small container, an instance, a member."""
    classes = [name for name, one in module.items() if one["kind"] in ("plain", "builtin", "dataclass", "tuple")]
    enums = [name for name, one in module.items() if one["kind"] == "enum"]
    singles = [name for name, one in module.items() if one["kind"] == "single"]
    roll = random.random()
    if roll > 0.85 and singles:
        return random.choice(singles)
    if roll < 0.35 and classes:
        name = random.choice(classes)
        return f"{name}({BUILTINS.get(root(module, module[name]), '') if module[name]['kind'] != 'tuple' else ''})"
    if roll < 0.45 and enums:
        name = random.choice(enums)
        return f"{name}.{random.choice(list(module[name]['members']))}"
    return fresh.literal(random) if depth < 2 else fresh.atom(random)


def make_table(random, fresh, module):
    shape = random.choice(TABLES)
    one = {"kind": "table", "shape": shape, "entries": {}}
    for _ in range(random.randrange(4)):
        add_entry(random, fresh, module, one)
    return one


def add_entry(random, fresh, module, one):
    if "ict" in one["shape"]:
        one["entries"][repr(fresh.name("k"))] = value(random, fresh, module)
    else:
        one["entries"][fresh.atom(random)] = ""


def make_package(random, fresh):
    module = {}
    for _ in range(random.randrange(1, 4)):
        module[fresh.name("C")] = make_class(random, fresh, module)
    for _ in range(random.randrange(2)):
        module[fresh.name("E")] = make_enum(random, fresh)
    for _ in range(random.randrange(1, 4)):
        module[fresh.name("S")] = {"kind": "single", "value": value(random, fresh, module)}
    for _ in range(random.randrange(1, 4)):
        module[fresh.name("T")] = make_table(random, fresh, module)
    for _ in range(random.randrange(2)):
        module[fresh.name("g")] = {"kind": "function", "default": value(random, fresh, module),
                                   "attribute": fresh.literal(random), "body": fresh.number()}  # fmt: skip
    if random.random() < 0.4:
        module[fresh.name("c")] = {"kind": "counter", "start": str(fresh.number()), "step": fresh.number()}
    if random.random() < 0.4:
        module[fresh.name("m")] = {"kind": "memo", "factor": fresh.number()}
    return module


# ---- their text ----


def class_text(module, name, one):
    own = list(one["fields"].items())
    lines = [f"    level = {one['level']}"] + ([f"    shared = {one['shared']}"] if one["shared"] else [])
    look = ", ".join(f"self.{field}" for c in lineage(module, one) for field in c["fields"])
    lines += [f"    def look(self):\n        return [{look}]"]
    if one["kind"] == "tuple":
        fields = [f"    {field}: object = {literal}" for field, literal in own]
        return "\n".join([f"class {name}(typing.NamedTuple):", *fields, *lines[-1:]])
    if one["kind"] == "dataclass":
        fields = [f"    {field}: object = {literal}" for field, literal in own]
        slots = "" if one["slots"] is None else "slots=True, "
        return "\n".join([f"@dataclasses.dataclass({slots}eq=False)\nclass {name}:", *fields, *lines])
    head = [f"class {name}({one['base']}):"]
    if one["slots"] is not None:
        head += [f"    __slots__ = {[*one['fields'], *added_slots(module, one)]}"]
    payload = "*args" if root(module, one) != "object" else ""
    up = f"        super().__init__({payload if root(module, one) in ('dict', 'list', 'set', 'Exception') else ''})"
    body = [f"        self.{field} = {literal}" for field, literal in own]
    return "\n".join([*head, f"    def __init__(self, {payload}):", up, *body, *lines])


def added_slots(module, one):
    """__dict__ and __weakref__ as far as no base has them."""
    bases = lineage(module, one)[:-1]
    root_has = {"Exception": ["__dict__"], "set": ["__weakref__"], "frozenset": ["__weakref__"]}.get(
        root(module, one), []
    )
    has = set()
    for other in bases:
        has |= {"__dict__", "__weakref__"} if other["slots"] is None else set(other["slots"])
    return [slot for slot in one["slots"] if slot not in has and slot not in root_has]


def table_text(one):
    entries, shape = one["entries"], one["shape"]
    if "ict" in shape:
        text = "{" + ", ".join(f"{key}: {entry}" for key, entry in entries.items()) + "}"
        call = {
            "dict": "{}",
            "OrderedDict": "collections.OrderedDict({})",
            "defaultdict": "collections.defaultdict(list, {})",
        }
        return call[shape].replace("{}", text)
    return f"{'collections.deque' if shape == 'deque' else shape}([{', '.join(entries)}])"


def definition_text(module, name, one):
    kind = one["kind"]
    if kind == "enum":
        return "\n".join([f"class {name}(enum.{one['base']}):", *(f"    {m} = {v}" for m, v in one["members"].items())])
    if kind == "table":
        return f"{name} = {table_text(one)}"
    if kind == "single":
        return f"{name} = {one['value']}"
    if kind == "function":
        return f"def {name}(x={one['default']}):\n    return {one['body']}, x\n{name}.note = {one['attribute']}"
    if kind == "counter":
        return f"N{name} = {one['start']}\ndef {name}():\n    global N{name}\n    N{name} += {one['step']}"
    if kind == "memo":
        return (f"M{name} = {{}}\ndef w{name}(x):\n    return [x * {one['factor']}]\ndef {name}(x):\n    if x not in M{name}:\n"
                f"        M{name}[x] = w{name}(x)\n    return M{name}[x]")  # fmt: skip
    return class_text(module, name, one)


def source(module):
    head = "import collections\nimport dataclasses\nimport enum\nimport typing\n"
    return head + "".join(f"\n{definition_text(module, name, one)}\n" for name, one in module.items())


# ---- edits ----


def pick(random, module, *kinds):
    found = [one for one in module.values() if one["kind"] in kinds]
    return random.choice(found) if found else None


CLASSES = ("plain", "builtin", "dataclass", "tuple")


def field_added(random, fresh, module):
    one = pick(random, module, *CLASSES)
    name, literal = fresh.name("f"), fresh.atom(random)
    one["fields"] = {name: literal, **one["fields"]} if random.random() < 0.3 else {**one["fields"], name: literal}
    return True


def field_removed(random, fresh, module):
    one = pick(random, module, *CLASSES)
    return bool(one["fields"]) and one["fields"].pop(random.choice(list(one["fields"]))) is not None


def field_renamed(random, fresh, module):
    one = pick(random, module, "plain", "builtin")
    if not one or not one["fields"]:
        return False
    old = random.choice(list(one["fields"]))
    new = fresh.name("r") + "_" + old
    one["fields"] = {new if name == old else name: literal for name, literal in one["fields"].items()}
    return True


def fields_reordered(random, fresh, module):
    one = pick(random, module, *CLASSES)
    items = list(one["fields"].items())
    random.shuffle(items)
    one["fields"] = dict(items)
    return len(items) > 1


def field_literal(random, fresh, module):
    one = pick(random, module, *CLASSES)
    if one["fields"]:
        one["fields"][random.choice(list(one["fields"]))] = fresh.atom(random)
    return bool(one["fields"])


def slots(random, fresh, module):
    one = pick(random, module, "plain", "builtin", "dataclass")
    if not one or root(module, one) not in SLOTTED:
        return False
    if one["slots"] is None:
        one["slots"] = [] if one["kind"] == "dataclass" else random.choice([[], ["__weakref__"], ["__dict__"]])
    else:
        one["slots"] = None
    return True


def base(random, fresh, module):
    """A base of the module more or less."""
    one = pick(random, module, "plain")
    if not one:
        return False
    before = []
    for name, other in module.items():
        if other is one:
            break
        before += [name] if other["kind"] == "plain" else []
    one["base"] = random.choice(before) if one["base"] == "object" and before else "object"
    return bool(before)


def class_state(random, fresh, module):
    one = pick(random, module, "plain", "builtin", "dataclass")
    if one:
        one["level"] = fresh.atom(random)
        one["shared"] = random.choice([None, fresh.literal(random)])
    return bool(one)


def class_kind(random, fresh, module):
    """A class statement that becomes a dataclass, or back."""
    one = pick(random, module, "plain", "dataclass")
    based = one and any(other.get("base") in module and module[other["base"]] is one for other in module.values())
    if not one or one["base"] != "object" or based:
        return False
    atoms = all(literal[0] not in "[{" for literal in one["fields"].values())
    if one["kind"] == "plain" and (not atoms or one["slots"]):
        return False
    one["kind"] = "dataclass" if one["kind"] == "plain" else "plain"
    return True


def entry_added(random, fresh, module):
    one = pick(random, module, "table")
    add_entry(random, fresh, {name: other for name, other in module.items() if other["kind"] != "table"}, one)
    return True


def entry_dropped(random, fresh, module):
    one = pick(random, module, "table")
    return bool(one["entries"]) and one["entries"].pop(random.choice(list(one["entries"]))) is not None


def entry_changed(random, fresh, module):
    one = pick(random, module, "table")
    if not one["entries"] or "ict" not in one["shape"]:
        return False
    one["entries"][random.choice(list(one["entries"]))] = fresh.atom(random)
    return True


def single(random, fresh, module):
    """Another value, or another name's."""
    names = [name for name, one in module.items() if one["kind"] == "single"]
    at = random.randrange(len(names))
    module[names[at]]["value"] = random.choice([fresh.literal(random), *names[:at]])
    return True


def member_added(random, fresh, module):
    one = pick(random, module, "enum")
    if one:
        one["members"][fresh.name("M")] = member_value(random, fresh, one)
    return bool(one)


def member_removed(random, fresh, module):
    """Not one that the module itself uses."""
    text = "".join(repr(one) for one in module.values() if one["kind"] != "enum")
    one = pick(random, module, "enum")
    aliased = list(one["members"].values()) if one else []
    unused = [name for name in one["members"] if f".{name}" not in text and name not in aliased] if one else []
    if not unused or len(one["members"]) < 2:
        return False
    del one["members"][random.choice(unused)]
    return True


def members_renumbered(random, fresh, module):
    one = pick(random, module, "enum")
    if one:
        one["members"][random.choice(list(one["members"]))] = member_value(random, fresh, one)
    return bool(one)


def members_reordered(random, fresh, module):
    one = pick(random, module, "enum")
    if one:
        items = list(one["members"].items())
        random.shuffle(items)
        one["members"] = dict(sorted(items, key=lambda item: item[1] in one["members"]))  # aliases last
    return bool(one)


def function(random, fresh, module):
    one = pick(random, module, "function", "memo", "counter")
    if not one:
        return False
    part = {
        "function": random.choice(["default", "attribute", "body"]),
        "memo": "factor",
        "counter": random.choice(["start", "step"]),
    }
    one[part[one["kind"]]] = fresh.number()
    return True


EDITS = (
    field_added, field_removed, field_renamed, fields_reordered, field_literal, slots, base, base, class_state, class_kind, entry_added,
    entry_dropped, entry_changed, single, member_added, member_removed, members_renumbered, members_reordered, function,
)  # fmt: skip


# ---- what a program does ----


ENDS = re.compile(r"^lib\.[ST]\d+(\['k\d+'\])? = |\.pop\(")  # after these others may not work


def program(random, fresh, old, new):
    """Statements over `lib` and `keep` (which puts an object into everything that can hold one)."""
    lines = []
    for name, one in old.items():
        if name not in new:
            continue
        for _ in range(random.randrange(3)):
            line = STATEMENTS[one["kind"]](random, fresh, old, new, name, one)
            lines += [line] if line else []
    lines = list(dict.fromkeys(lines))
    random.shuffle(lines)
    return sorted(lines, key=lambda line: 2 if ENDS.search(line) else line.startswith("del"))


def fields_of(module, one):
    return [field for c in lineage(module, one) for field in c["fields"]]


def change_instance(random, fresh, old, new, name, where):
    """Changes attributes and content of an instance of class `name` that stands at `where`."""
    one, then = old[name], new[name]
    fields = fields_of(old, one)
    if one["kind"] == "tuple":
        return ""
    choices = [f"{where}.{field} = {fresh.literal(random)}" for field in fields]
    choices += [f"del {where}.{field}" for field in fields if where != "own" and random.random() < 0.1]
    if has_dict(old, one) and has_dict(new, then):
        choices += [f"{where}.{fresh.name('p')} = {fresh.literal(random)}"]
    payload = root(old, one)
    if payload in ("dict", "list", "set"):
        number = fresh.number()
        text = {"dict": f"['p{number}'] = {number}", "list": f".append({number})", "set": f".add({number})"}
        choices += [where + text[payload]]
    return random.choice(choices) if choices else ""


def own_instance(random, old, new):
    name = random.choice([name for name, one in old.items() if one["kind"] in CLASSES])
    return f"lib.{name}({BUILTINS.get(root(old, old[name]), '') if old[name]['kind'] != 'tuple' else ''})"


def class_statement(random, fresh, old, new, name, one):
    if random.random() < 0.2 and one["kind"] != "tuple":
        return f"lib.{name}.{random.choice(['level', fresh.name('p')])} = {fresh.literal(random)}"
    if random.random() < 0.2 and one["shared"] and one["shared"][0] in "[{":
        return f"lib.{name}.shared" + (
            f".append({fresh.number()})" if one["shared"][0] == "[" else f"['p'] = {fresh.number()}"
        )
    payload = BUILTINS.get(root(old, one), "") if one["kind"] != "tuple" else ""
    change = change_instance(random, fresh, old, new, name, "own") if random.random() < 0.8 else ""
    weak = has_weakrefs(old, one) and has_weakrefs(new, new[name])
    return f"own = lib.{name}({payload}); {change + '; ' if change else ''}keep(own, {weak})"


def enum_statement(random, fresh, old, new, name, one):
    members = list(one["members"])
    if random.random() < 0.2:
        return f"lib.{name}.{random.choice(members)}.note = {fresh.atom(random)}"
    if "Flag" in one["base"] and random.random() < 0.5:
        return f"keep(lib.{name}.{random.choice(members)} | lib.{name}.{random.choice(members)}, False)"
    return f"keep(lib.{name}.{random.choice(members)}, False)"


def table_statement(random, fresh, old, new, name, one):
    where, shape, entries = f"lib.{name}", one["shape"], list(one["entries"])
    if "ict" in shape:
        kept = [key for key in entries if one["entries"][key][0] == "C"]
        if random.random() < 0.2:
            return f"{where}['p{fresh.number()}'] = {own_instance(random, old, new)}"
        if kept and random.random() < 0.5:
            key = random.choice(kept)
            return change_instance(random, fresh, old, new, one["entries"][key].split("(")[0], f"{where}[{key}]")
        choices = [f"{where}['p{fresh.number()}'] = {value(random, fresh, {})}"]
        choices += [f"{where}[{key}] = {fresh.literal(random)}" for key in entries[:1]]
        choices += [f"{where}.pop({key}, None)" for key in entries[-1:]]
        return random.choice(choices)
    if shape == "set":
        choices = [f"{where}.add({fresh.atom(random)})"] + [f"{where}.discard({item})" for item in entries[:1]]
    else:
        front = "appendleft(" if shape == "deque" else "insert(0, "
        choices = [f"{where}.append({fresh.atom(random)})", f"{where}.{front}{fresh.atom(random)})"]
        choices += [f"{item} in {where} and {where}.remove({item})" for item in entries[:1]]
    return random.choice(choices)


def single_statement(random, fresh, old, new, name, one):
    where, text = f"lib.{name}", one["value"]
    used = any(name in repr(other) for other in new.values())  # under another name it must not be lost
    if not used and random.random() < 0.2:
        return f"{where} = {random.choice([fresh.literal(random), own_instance(random, old, new)])}"
    if text[0] == "C":
        return change_instance(random, fresh, old, new, text.split("(")[0], where)
    if text[0] in "[{":
        return where + (f".append({fresh.number()})" if text[0] == "[" else f"['p{fresh.number()}'] = {fresh.number()}")
    return ""


def function_statement(random, fresh, old, new, name, one):
    choices = [f"lib.{name}.note = {fresh.literal(random)}", f"lib.{name}.{fresh.name('p')} = {fresh.literal(random)}"]
    if one["default"][0] == "[":
        choices += [f"lib.{name}.__defaults__[0].append({fresh.number()})"]
    return random.choice(choices)


def counter_statement(random, fresh, old, new, name, one):
    return f"lib.{name}()"


def memo_statement(random, fresh, old, new, name, one):
    return f"lib.{name}({random.randrange(5)})"


STATEMENTS = {**dict.fromkeys(CLASSES, class_statement), "enum": enum_statement, "table": table_statement,
              "single": single_statement, "function": function_statement, "counter": counter_statement, "memo": memo_statement}  # fmt: skip
