"""While the upgrade is made, a number leaves a table and another one enters with the same value: that is a change."""

import lib

FRESH = False


def run(upgrade):
    seen = lib.seen
    seen[1] = True
    left = []

    def leave():
        if not left:
            left.append(seen.pop(1))
            seen[2] = True

    session = lib.Session(leave)
    upgrade()
    assert left and session.leave is leave
    assert lib.seen is seen and seen == {2: True, 0: True}, seen
