"""What midflight tells: plain data with a readable str()."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple


class Change(NamedTuple):
    """One distribution that was upgraded. For modules that no distribution owns both versions are ""."""

    name: str
    old_version: str
    new_version: str


class Status(NamedTuple):
    """One distribution of which modules are loaded. ``installed`` is None when it is not installed any more."""

    name: str
    loaded: str
    installed: str | None
    stale: bool


class Reference(NamedTuple):
    """One holder of an object: its type, where it is, and how many references it has."""

    holder_type: str
    path: str
    count: int


class Explanation(NamedTuple):
    """Every reference to an object that was found; ``left_over`` counts those that nothing explains (native code)."""

    references: list[Reference]
    left_over: int


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.3g} ms" if seconds < 0.01 else f"{seconds * 1000:.0f} ms"


@dataclass
class Report:
    """What an upgrade did. Times are seconds; counts are of the objects that moved.

    ``old_frames`` lists calls of old code that were active at the flip; ``old_generation`` what of the old version is still
    alive and who holds it (empty: it is gone). ``notes`` are sentences that a reader should see: an install that differs from its
    RECORD, something that could not be done after the flip. ``parked`` counts calls that waited at the gate, ``tries`` how often it
    was closed; ``retired`` is the time that dropping the old version took, ``subclasses`` the classes outside that got new bases.
    """

    upgraded: list[Change] = field(default_factory=list)
    modules: int = 0
    functions: int = 0
    classes: int = 0
    instances: int = 0
    references: int = 0
    subclasses: int = 0
    staged: float = 0.0
    drained: float = 0.0
    pause: float = 0.0
    retired: float = 0.0
    parked: int = 0
    tries: int = 0
    old_frames: list[str] = field(default_factory=list)
    old_generation: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @classmethod
    def _from_engine(cls, data: dict[str, Any]) -> "Report":
        values = {key: value for key, value in data.items() if key != "changes"}
        values["old_frames"] = values["old_frames"] or []
        values["old_generation"] = values["old_generation"] or []
        values["notes"] = values["notes"] or []
        return cls(upgraded=[Change(*change) for change in data["changes"] or []], **values)

    def to_dict(self) -> dict[str, Any]:
        """The report as plain data, ready for json."""
        return {**vars(self), "upgraded": [change._asdict() for change in self.upgraded]}

    def __str__(self) -> str:
        if not self.upgraded:
            return "nothing to upgrade: what is loaded is what is installed"
        names = ", ".join(f"{name} {old} -> {new}" if new else f"{name} reloaded" for name, old, new in self.upgraded)
        gone = "old generation gone" if not self.old_generation else f"still alive: {len(self.old_generation)}"
        return (
            f"{names}: {self.modules} modules, {self.functions} functions, {self.classes} classes, "
            f"{self.instances} instances, {self.references} references moved; drained in {_ms(self.drained)}, "
            f"pause {_ms(self.pause)}, staged in {_ms(self.staged)}; frames on old code: {len(self.old_frames)}; {gone}"
        )
