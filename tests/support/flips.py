"""One small flip, to a test's taste: two classes get partners, and everything that holds them is redirected."""

import gc
import sys
import weakref

from midflight._testing import Refused, Trial


class Flip:
    """Old classes `old` and `other`, partners `new` and `another`. Inside an isolated test: what was there before it is never looked at."""

    def __init__(self):
        old, other, new, another = (type(name, (), {}) for name in ("Thing", "Other", "Thing", "Other"))
        self.old, self.new = (old, other), (new, another)
        self.pairs = [(old, new), (other, another)]
        gc.disable()
        gc.collect()
        gc.freeze()

    def counts(self):
        gc.collect()
        return [sys.getrefcount(kind) for kind in (*self.old, *self.new)]

    def plan(self, also=(), kept=()):
        """A trial with everything that was made since redirected; `also`: older holders."""
        trial = Trial(self.pairs)
        weak = [ref for kind in self.old for ref in weakref.getweakrefs(kind)]
        made = gc.get_objects()
        trial.redirect([*made, *also, *(ref for ref in weak if not any(ref is one for one in made))], list(kept))
        return trial

    def there_and_back(self, also=()):
        """Commits and undoes: every reference count must be what it was."""
        before = self.counts()
        trial = self.plan(also)
        trial.commit()
        trial.undo()
        trial.release()
        assert self.counts() == before, f"references {before} became {self.counts()}"

    def run(self, also=(), collapses=False):
        """The flip. Every reference to the old classes must have gone to the new ones, and none more (unless things become one)."""
        base = self.base
        before = self.counts()
        trial = self.plan(also)
        trial.commit()
        trial.release()
        moved = self.counts()
        assert moved[:2] == base[:2], f"the old classes had {base[:2]} references, held {before[:2]}, now {moved[:2]}"
        expected = [before[2] + before[0] - base[0], before[3] + before[1] - base[1]]
        assert collapses or moved[2:] == expected, f"the new classes have {moved[2:]} references, not {expected}"

    def hold(self, build):
        """build(old, other), with the references to the classes counted before."""
        self.base = self.counts()
        return build(*self.old)

    def refuses(self, also=()):
        """The sentence of the refusal; nothing may have changed."""
        before = self.counts()
        trial = Trial(self.pairs)
        try:
            trial.redirect([*gc.get_objects(), *also])
        except Refused as refusal:
            trial.release()
            assert self.counts() == before, "a refusal left references"
            return str(refusal)
        raise AssertionError("not refused")
