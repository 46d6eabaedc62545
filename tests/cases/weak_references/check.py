"""Weak references to definitions and instances, and every container made of them."""

import weakref

import lib

FINAL = []


def called(ref):
    FINAL.append("callback")


def hold():
    c = lib.C()
    keyed = weakref.WeakKeyDictionary({lib.C: "C", lib.f: "f", c: "c"})
    return {
        "c": c,
        "ref": weakref.ref(lib.f),
        "class": weakref.ref(lib.C),
        "call": weakref.ref(lib.g, called),
        "method": weakref.WeakMethod(c.m),
        "proxy": weakref.proxy(c),
        "keyed": keyed,
        "valued": weakref.WeakValueDictionary(f=lib.f, C=lib.C, c=c),
        "set": weakref.WeakSet([lib.f, lib.C, c]),
        "hashed": {weakref.ref(lib.D): "D", weakref.ref(c): "c"},
        "module": weakref.ref(lib),
        "final": weakref.finalize(c, lib.f),
    }


def check(held):
    c = held["c"]
    assert held["ref"]() is lib.f and held["class"]() is lib.C and held["call"]() is lib.g and held["module"]() is lib
    assert held["method"]()() == 2 and held["proxy"].m() == 2 and FINAL == []
    assert (
        held["keyed"][lib.C] == "C"
        and held["keyed"][lib.f] == "f"
        and held["keyed"][c] == "c"
        and len(held["keyed"]) == 3
    )
    assert held["valued"]["f"] is lib.f and held["valued"]["C"] is lib.C and held["valued"]["c"] is c
    assert lib.f in held["set"] and lib.C in held["set"] and c in held["set"] and len(held["set"]) == 3
    assert held["hashed"][weakref.ref(lib.D)] == "D" and held["hashed"][weakref.ref(c)] == "c"
    assert held["final"].alive and held["final"].peek()[1] is lib.f
    assert weakref.ref(lib.f) is held["ref"] or weakref.ref(lib.f) == held["ref"]
