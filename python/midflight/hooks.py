"""Hooks: what a program or a package does when a distribution is upgraded in the running process.

A package's own classes say with a method ``__upgrade__(self, change)`` what an instance that the other version made shall
become; ``change`` is an InstanceChange. Functions marked with ``on_upgrade`` are called once for a whole upgrade, with an
UpgradeChange. Both run before the flip, on what will be: nothing in the process has changed yet, other threads go on with
the old version, and an exception abandons the upgrade.
"""

from midflight import _engine

TYPE_CHECKING = False  # typing's, which takes longer to import than all of midflight
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import ModuleType

_Function, _Module, _Proxy = type(lambda: None), type(_engine), type(type.__dict__)

_MARK, _STAGING_MARK = "__midflight_on_upgrade__", "__midflight_while_staging__"

# distribution -> [(when, function)]: functions of programs and of loaded packages
_registry: "dict[str, list[tuple[str, Callable]]]" = {}

# (owner, name, function): who stands in for owner.name while a version is staged
_stand_ins: "list[tuple[object, str, Callable]]" = []


class InstanceChange:
    """What happens to one instance: the attributes that the new constructor sets and it lacked (``added``, already filled in
    where no argument is needed), those that the new version sets no more (``removed``), all it had before (``old``, a read-only
    mapping), and the two versions."""

    __slots__ = ("added", "removed", "old", "old_version", "new_version")

    def __init__(self, added: tuple, removed: tuple, old: dict, old_version: str, new_version: str) -> None:
        self.added = added
        self.removed = removed
        self.old = _Proxy(old)
        self.old_version = old_version
        self.new_version = new_version


class UpgradeChange:
    """What happens to a distribution: its name, its two versions, and both versions' modules by name (``old``, ``new``)."""

    __slots__ = ("distribution", "old_version", "new_version", "old", "new")

    def __init__(self, distribution: str, versions: tuple[str, str], old: "Mapping", new: "Mapping") -> None:
        self.distribution = distribution
        self.old_version, self.new_version = versions
        self.old = _Proxy(dict(old))
        self.new = _Proxy(dict(new))


def _canonical(name: str) -> str:
    return "-".join(part for part in name.lower().replace("_", "-").replace(".", "-").split("-") if part)


def on_upgrade(distribution: str, *, when: str = "before") -> "Callable[[Callable], Callable]":
    """Has a function called when the distribution is upgraded: ``when`` "before" the flip, on what will be, or "after" it.

    The function takes one argument, an UpgradeChange. A package may mark functions of its own: of the two versions' the
    higher one's are called, also on the way down.
    """
    if not isinstance(distribution, str) or not distribution:
        raise TypeError(f"the name of a distribution is a non-empty str, not {distribution!r}")
    if when not in ("before", "after"):
        raise ValueError(f'when must be "before" or "after", not {when!r}')
    entry = (_canonical(distribution), when)

    def mark(function: "Callable") -> "Callable":
        if isinstance(function, _Function):
            setattr(function, _MARK, (*getattr(function, _MARK, ()), entry))
        if not _engine.staging():  # a staged function is registered when its version has been taken
            _register(entry, function)
        return function

    return mark


def _register(entry: tuple[str, str], function: "Callable") -> None:
    functions = _registry.setdefault(entry[0], [])
    if not any(when == entry[1] and known is function for when, known in functions):
        functions.append((entry[1], function))


def while_staging(owner: object, name: str) -> "Callable[[Callable], Callable]":
    """Has a function called in the place of ``owner.name`` (a function of a module, a method of a class) by the import of a new version
    beside the old one.

    It gets the original and the arguments of the call. Other threads are not concerned, nor is anything before and after the import;
    packages that are themselves upgraded are not. For registries that refuse what they have: the loaded version has put it there.
    """
    if not isinstance(owner, (_Module, type)) or not isinstance(name, str):
        raise TypeError(f"a module or a class and the name of a function in it are wanted, not {owner!r} and {name!r}")
    if not isinstance(vars(owner).get(name), _Function) and not _engine.staging():
        raise TypeError(f"{owner.__name__}.{name} is no function that is defined there")

    def mark(function: "Callable") -> "Callable":
        if isinstance(function, _Function):
            setattr(function, _STAGING_MARK, (*getattr(function, _STAGING_MARK, ()), (owner, name)))
        if not _engine.staging():
            _register_stand_in((owner, name), function)
        return function

    return mark


def _register_stand_in(place: tuple, function: "Callable") -> None:
    """The last one for a place counts."""
    _stand_ins[:] = [entry for entry in _stand_ins if entry[0] is not place[0] or entry[1] != place[1]]
    _stand_ins.append((*place, function))


def _while_staging(old: "Mapping") -> "list[tuple[object, str, Callable]]":
    """For the engine, before it stages these modules anew."""

    def upgraded(owner):
        return (owner.__name__ if isinstance(owner, _Module) else owner.__module__) in old

    return [entry for entry in _stand_ins if not upgraded(entry[0])]


def _release(version: str) -> tuple[int, ...]:
    """The numbers that a version begins with: enough to tell which of two is the higher one."""
    numbers = []
    for part in version.split("."):
        digits = part[: len(part) - len(part.lstrip("0123456789"))]
        if not digits:
            break
        numbers.append(int(digits))
    return tuple(numbers)


def _is_downgrade(old: str, new: str) -> bool:
    return _release(new) < _release(old)


def _owned(function: "Callable", modules: "Mapping[str, ModuleType]") -> bool:
    space = getattr(function, "__globals__", None)
    return space is not None and any(_space(module) is space for module in _real(modules))


_space = _Module.__dict__[
    "__dict__"
].__get__  # vars() of a module, whatever its class does when it is looked at (LazyLoader)


def _real(modules: "Mapping") -> "list[ModuleType]":
    return [module for module in modules.values() if issubclass(type(module), _Module)]  # isinstance() asks __class__


def _marked(modules: "Mapping", mark: str = _MARK) -> "list[tuple[tuple, Callable]]":
    """The entries and functions that the modules themselves mark, in the order of their definition."""
    found = []
    for module in _real(modules):
        for value in list(_space(module).values()):
            if type(value) is _Function and value.__globals__ is _space(module) and mark in value.__dict__:
                found += [(entry, value) for entry in value.__dict__[mark]]
    return found


def _functions(
    distribution: str, when: str, versions: tuple[str, str], old: "Mapping", new: "Mapping"
) -> "list[Callable]":
    """Whom to call: the program's functions, then those of the higher version."""
    program = [
        function
        for moment, function in _registry.get(distribution, ())
        if moment == when and not _owned(function, old) and not _owned(function, new)
    ]
    package = old if _is_downgrade(*versions) else new
    return program + [function for entry, function in _marked(package) if entry == (distribution, when)]


def _run(when: str, changes: list[tuple[str, str, str]], old: "Mapping", new: "Mapping") -> None:
    """Calls the hooks of one upgrade. For the engine."""
    for name, *versions in changes:
        pair = (versions[0] or "", versions[1] or "")
        functions = _functions(_canonical(name), when, pair, old, new)
        for function in functions:
            function(UpgradeChange(name, pair, old, new))


def _settle(old: "Mapping", new: "Mapping") -> None:
    """After a flip: what the new version marks is registered, what only the old one had is forgotten. For the engine."""
    for functions in _registry.values():
        functions[:] = [entry for entry in functions if not _owned(entry[1], old) and not _owned(entry[1], new)]
    for entry, function in _marked(new):
        _register(entry, function)
    _stand_ins[:] = [entry for entry in _stand_ins if not _owned(entry[2], old) and not _owned(entry[2], new)]
    for place, function in _marked(new, _STAGING_MARK):
        _register_stand_in(place, function)
