/* A child has one thread, the one that forked, and the parent's memory as it was at that moment.
 *
 * A fork needs the GIL, so it comes in between wherever an upgrade lets go of it: in the middle of a staged module,
 * between two parts of undoing, while the gate is closed, after the flip; never inside the flip. What the child does
 * about each is said where the thing is: the gate opens by itself (gate.c), staging ends and is undone (stage.c), what
 * was flipped is finished (upgrade_after.c). Locks of the import system whose owners are gone are dropped with the
 * modules that these had half loaded: CPython leaves them, and the child would wait for ever.
 *
 * Must not: run in a child that native code forked by itself. That one has no right to run Python code. */
#include "engine/fork.h"

#include "compat/importlocks.h"
#include "compat/orphans.h"
#include "engine/base.h"
#include "engine/kept.h"
#include "engine/upgrade_run.h"

static PyObject *in_child(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(ignored))
{
    base_after_fork();
    kept_after_fork();
    upgrade_after_fork();
    return importlocks_after_fork() < 0 ? NULL : Py_NewRef(Py_None); /* Python reports what a fork's callback raises */
}

static PyMethodDef in_child_method = {"after_fork_in_child", in_child, METH_NOARGS, NULL};

int fork_start(void)
{
    OWN_REF posix = orphans_start() < 0 ? NULL : PyImport_ImportModule("posix");
    OWN_REF function = posix ? PyCFunction_New(&in_child_method, NULL) : NULL;
    OWN_REF register_at_fork = function ? PyObject_GetAttrString(posix, "register_at_fork") : NULL;
    OWN_REF none = register_at_fork ? PyTuple_New(0) : NULL;
    OWN_REF keywords = none ? Py_BuildValue("{s:O}", "after_in_child", function) : NULL;
    OWN_REF done = keywords ? PyObject_Call(register_at_fork, none, keywords) : NULL;
    return done ? 0 : -1;
}
