import pluggy

spec, impl = pluggy.HookspecMarker("mf"), pluggy.HookimplMarker("mf")


class Spec:
    @spec
    def gather(self, x):
        """What plugins say."""

    @spec(firstresult=True)
    def first(self, x):
        """The first that says something."""


class Plugin:
    @impl(tryfirst=True)
    def gather(self, x):
        return x + 1

    @impl
    def first(self, x):
        return "first" if x else None


class Wrapper:
    @impl(hookwrapper=True)
    def gather(self, x):
        outcome = yield
        outcome.force_result([*outcome.get_result(), "wrapped"])


def hold():
    manager = pluggy.PluginManager("mf")
    manager.add_hookspecs(Spec)
    names = [manager.register(Plugin()), manager.register(Wrapper(), name="wrapper")]
    seen = []
    manager.add_hookcall_monitoring(lambda name, *_: seen.append(name), lambda *_: None)
    assert manager.hook.gather(x=1) == [2, "wrapped"]
    return manager, names, manager.hook.gather, manager.subset_hook_caller("gather", []), seen


def use(held):
    manager, names, gather, subset, seen = held
    assert gather is manager.hook.gather and gather(x=2) == [3, "wrapped"] and manager.hook.first(x=1) == "first"
    assert len(seen) == 3 and type(manager) is pluggy.PluginManager and subset(x=1) == [2, "wrapped"]
    manager.unregister(name="wrapper")
    assert gather(x=2) == [3] and [name for name, _ in manager.list_name_plugin()][:1] == names[:1]

    class Late:
        @impl
        def gather(self, x):
            return "late"

    manager.register(Late())
    assert gather(x=0) == [1, "late"] and len(gather.get_hookimpls()) == 2
