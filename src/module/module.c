/* The extension module: arguments in, reports out, nothing else.
 *
 * At import the layout self-test runs (an interpreter whose insides are not known is refused by name), then recording
 * starts. The state that this leaves is process-wide, as sys.modules is: one interpreter, checked by the self-test.
 * Errors of the engine come out as they are: the face (python/midflight) turns them into midflight.Error. */
#include "compat/gate.h"
#include "compat/holder.h"
#include "compat/modules.h"
#include "compat/selftest.h"
#include "compat/unwinds.h"
#include "engine/base.h"
#include "engine/explain.h"
#include "engine/fork.h"
#include "engine/former.h"
#include "engine/kept.h"
#include "engine/late.h"
#include "engine/limit.h"
#include "engine/notice.h"
#include "engine/owner.h"
#include "engine/refuse.h"
#include "engine/repoint.h"
#include "engine/settle.h"
#include "engine/searchpath.h"
#include "engine/watch.h"
#include "engine/upgrade_run.h"

#include <string.h>

/* ---- upgrade ---- */

static int parse_when(const char *text, enum drain_when *ret_when)
{
    static const char *const names[] = {"safe", "strict", "now"};
    for (int i = 0; i < 3; i++) {
        if (strcmp(text, names[i]) == 0) {
            *ret_when = (enum drain_when)i;
            return 0;
        }
    }
    PyErr_Format(PyExc_ValueError, "when must be \"safe\", \"strict\" or \"now\", not \"%s\"", text);
    return -1;
}

struct answer {
    struct upgrade *upgrade;
    enum upgrade_result result;
    PyObject *object; /* owned */
};

static int make_answer(void *arg)
{
    static const char *const words[] = {
        [UPGRADE_DONE] = "done", [UPGRADE_REFUSED] = "refused", [UPGRADE_NOTHING] = "nothing"};
    struct answer *answer = arg;
    bool refused = answer->result == UPGRADE_REFUSED;
    OWN_REF content = refused ? Py_NewRef(answer->upgrade->reasons) : upgrade_report(answer->upgrade);
    answer->object = content ? Py_BuildValue("(sO)", words[answer->result], content) : NULL;
    return answer->object ? 0 : -1;
}

/* What was flipped is not to look like a failure because the report finds no memory. */
static PyObject *answer_of(struct upgrade *upgrade, enum upgrade_result result)
{
    struct answer answer = {upgrade, result, NULL};
    if (result == UPGRADE_ERROR || reserve_insist(&upgrade->reserve, make_answer, &answer) < 0) {
        return NULL;
    }
    return answer.object;
}

/* What the process is at this moment may forbid any upgrade: other interpreters, greenlets. 0, 1 refused, -1. */
static int check_process(PyObject **ret_reasons)
{
    const char *why = NULL;
    int live = selftest_live(&why);
    if (live <= 0) {
        return live;
    }
    OWN_REF reasons = PyList_New(0);
    if (!reasons || refuse(reasons, "process", NULL, NULL, "restart to take this release", "%s", why) < 0) {
        return -1;
    }
    *ret_reasons = STEAL(reasons);
    return 1;
}

/* What was asked for is made, or only told: a dict for the face. On the heap: a forked child needs it when this
 * thread's stack is gone. `asked` gives up what it owns. */
static PyObject *run(const struct upgrade *asked, PyObject *module, bool forecast)
{
    struct upgrade *upgrade = PyMem_Calloc(1, sizeof *upgrade);
    if (!upgrade) {
        Py_XDECREF(asked->back);
        return PyErr_NoMemory();
    }
    *upgrade = *asked;
    OWN_REF reasons = NULL;
    PyObject *answer = NULL;
    int forbidden = check_process(&reasons);
    if (forbidden > 0) {
        answer = forecast ? Py_BuildValue("{s:O}", "reasons", reasons) : Py_BuildValue("(sO)", "refused", reasons);
    } else if (forbidden == 0) {
        answer = forecast ? upgrade_forecast(upgrade) : answer_of(upgrade, upgrade_run(upgrade, module));
    }
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback); /* releasing may run finalizers */
    upgrade_release(upgrade);
    PyMem_Free(upgrade);
    PyErr_Restore(type, value, traceback);
    return answer;
}

static PyObject *module_upgrade(PyObject *self, PyObject *args)
{
    (void)self;
    struct upgrade asked = {0};
    PyObject *module;
    const char *when;
    if (!PyArg_ParseTuple(args, "O!OddzO!O!ddd", &PyTuple_Type, &asked.names, &module, &asked.wait, &asked.hold, &when,
                          &PyTuple_Type, &asked.allow, &PyDict_Type, &asked.policy, &asked.keep, &asked.limit,
                          &asked.rehearse) ||
        parse_when(when ? when : "safe", &asked.when) < 0) {
        return NULL;
    }
    return run(&asked, module == Py_None ? NULL : module, false);
}

/* ---- rollback ---- */

/* The names of a tuple, canonical. New tuple. */
static PyObject *canonical(PyObject *names)
{
    OWN_REF made = PyTuple_New(PyTuple_GET_SIZE(names));
    for (Py_ssize_t i = 0; made && i < PyTuple_GET_SIZE(names); i++) {
        PyObject *name = notice_canonical(PyTuple_GET_ITEM(names, i));
        if (!name) {
            return NULL;
        }
        PyTuple_SET_ITEM(made, i, name);
    }
    return STEAL(made);
}

/* What has expired is gone, also if nobody was there to see to it. Not while an upgrade is under way. 0 or -1. */
static int expire(void)
{
    return upgrade_is_busy() ? 0 : former_expire();
}

/* The kept generation with these distributions. New reference. */
static PyObject *find_back(PyObject *names)
{
    OWN_REF wanted = canonical(names);
    return wanted && expire() == 0 ? former_find(wanted) : NULL;
}

static PyObject *module_rollback(PyObject *self, PyObject *args)
{
    (void)self;
    struct upgrade asked = {0};
    const char *when;
    double since = 0; /* of one that is meant and no other, or 0 */
    if (!PyArg_ParseTuple(args, "O!ddzO!d|d", &PyTuple_Type, &asked.names, &asked.wait, &asked.hold, &when,
                          &PyTuple_Type, &asked.allow, &asked.keep, &since) ||
        parse_when(when ? when : "safe", &asked.when) < 0) {
        return NULL;
    }
    asked.back = since ? former_find_since(since) : find_back(asked.names);
    if (!asked.back) {
        return NULL;
    }
    return run(&asked, NULL, false);
}

/* 0; -1: an upgrade is under way, which may be about to go back to what is kept. */
static int check_idle(void)
{
    if (upgrade_is_busy()) {
        PyErr_SetString(PyExc_RuntimeError, "another upgrade is under way in this process");
        return -1;
    }
    return 0;
}

static PyObject *module_confirm(PyObject *self, PyObject *names)
{
    (void)self;
    OWN_REF wanted = PyTuple_CheckExact(names) ? canonical(names) : NULL;
    if (!wanted) {
        return PyErr_Occurred() ? NULL : (PyErr_SetString(PyExc_TypeError, "confirm takes a tuple of names"), NULL);
    }
    return check_idle() < 0 ? NULL : former_confirm(wanted);
}

static PyObject *module_confirm_one(PyObject *self, PyObject *since)
{
    (void)self;
    double mark = PyFloat_AsDouble(since);
    PyObject *kept = PyErr_Occurred() || check_idle() < 0 ? NULL : former_find_since(mark);
    return kept ? former_confirm_one(kept) : NULL;
}

static PyObject *module_count_errors(PyObject *self, PyObject *roots)
{
    (void)self;
    return unwinds_begin(roots);
}

static PyObject *module_stop_counting(PyObject *self, PyObject *count)
{
    (void)self;
    unwinds_end(count);
    Py_RETURN_NONE;
}

static PyObject *module_former(PyObject *self, PyObject *unused)
{
    (void)self;
    (void)unused;
    return expire() < 0 ? NULL : former_list();
}

static PyObject *module_plan(PyObject *self, PyObject *args)
{
    (void)self;
    struct upgrade asked = {0};
    int back;
    if (!PyArg_ParseTuple(args, "O!O!pdO!", &PyTuple_Type, &asked.names, &PyTuple_Type, &asked.allow, &back,
                          &asked.limit, &PyDict_Type, &asked.policy) ||
        (back && !(asked.back = find_back(asked.names)))) {
        return NULL;
    }
    return run(&asked, NULL, true);
}

static PyObject *module_safe_point(PyObject *self, PyObject *unused)
{
    (void)self;
    (void)unused;
    return PyBool_FromLong(gate_rest());
}

/* ---- questions ---- */

static PyObject *module_loaded(PyObject *self, PyObject *unused)
{
    (void)self;
    (void)unused;
    notice_refresh();
    return notice_loaded();
}

/* Does the calling thread import a new version right now? */
static PyObject *module_staging(PyObject *self, PyObject *unused)
{
    (void)self;
    (void)unused;
    return PyBool_FromLong(modules_view_mine());
}

/* (name, version, content identity) or None. */
static PyObject *module_installed(PyObject *self, PyObject *name)
{
    (void)self;
    struct disk_site *site;
    struct disk_dist *dist;
    if (!PyUnicode_Check(name)) {
        PyErr_SetString(PyExc_TypeError, "a distribution's name must be a str");
        return NULL;
    }
    OWN_REF path = searchpath_now();
    int found = path ? notice_installed(name, path, &site, &dist) : -1;
    if (found <= 0) {
        return found < 0 ? NULL : Py_NewRef(Py_None);
    }
    return notice_identity(dist);
}

/* (added, removed, kept, files being written, import lines); with files being written nothing is changed. */
static PyObject *module_refresh_path(PyObject *self, PyObject *unused)
{
    (void)self;
    (void)unused;
    struct sitepath now;
    OWN_REF waiting = NULL;
    notice_refresh();
    if (searchpath_read(&now, &waiting) < 0) {
        return NULL;
    }
    OWN_REF change = PyList_GET_SIZE(waiting) ? Py_BuildValue("([][][])") : searchpath_apply(&now);
    sitepath_release(&now);
    OWN_REF lines = change ? searchpath_import_lines() : NULL;
    return lines ? Py_BuildValue("(OOOOO)", PyTuple_GET_ITEM(change, 0), PyTuple_GET_ITEM(change, 1),
                                 PyTuple_GET_ITEM(change, 2), waiting, lines)
                 : NULL;
}

/* (sys.path as refresh_path would make it, files being written). */
static PyObject *module_merged_path(PyObject *self, PyObject *unused)
{
    (void)self;
    (void)unused;
    struct sitepath now;
    OWN_REF waiting = NULL;
    notice_refresh();
    if (searchpath_read(&now, &waiting) < 0) {
        return NULL;
    }
    OWN_REF path = searchpath_merge(&now);
    sitepath_release(&now);
    return path ? PyTuple_Pack(2, path, waiting) : NULL;
}

static PyObject *module_note_line(PyObject *self, PyObject *line)
{
    (void)self;
    return searchpath_note_line(line) < 0 ? NULL : Py_NewRef(Py_None);
}

static PyObject *module_owner(PyObject *self, PyObject *name)
{
    (void)self;
    PyObject *record = PyDict_GetItemWithError(base_records(), name);
    if (!record) {
        return PyErr_Occurred() ? NULL : Py_NewRef(Py_None);
    }
    owner_settle();
    return Py_NewRef(PyTuple_GET_ITEM(record, BASE_OWNER));
}

static PyObject *module_recorded(PyObject *self, PyObject *name)
{
    (void)self;
    PyObject *record = PyDict_GetItemWithError(base_records(), name);
    PyObject *copies = record ? base_copies(record) : NULL;
    return copies ? PyLong_FromSsize_t(PyList_GET_SIZE(copies)) : PyErr_Occurred() ? NULL : Py_NewRef(Py_None);
}

static PyObject *module_explain(PyObject *self, PyObject *const *args, Py_ssize_t n_args)
{
    (void)self;
    if (n_args != 1 || !PyTuple_CheckExact(args[0])) {
        PyErr_SetString(PyExc_TypeError, "explain takes one tuple of objects");
        return NULL;
    }
    return explain_objects(args[0]);
}

/* kept(seconds): waits that long at most until the files of what is loaded are kept. */
static PyObject *module_kept(PyObject *self, PyObject *seconds)
{
    (void)self;
    double wait = PyFloat_AsDouble(seconds);
    if (wait == -1.0 && PyErr_Occurred()) {
        return NULL;
    }
    if (wait > 0) {
        (void)keeper_wait(NULL, wait); /* what is not done shows */
    }
    return kept_report();
}

static PyObject *module_changes(PyObject *self, PyObject *unused)
{
    (void)self;
    (void)unused;
    return settle_changes();
}

static PyObject *module_watch(PyObject *self, PyObject *unused)
{
    (void)self;
    (void)unused;
    return keeper_is_on() && watch_start() < 0 ? NULL : Py_NewRef(Py_None);
}

static PyObject *module_kept_path(PyObject *self, PyObject *path)
{
    (void)self;
    return repoint_path(path);
}

static PyMethodDef methods[] = {
    {"upgrade", module_upgrade, METH_VARARGS,
     "upgrade(names, module, wait, hold, when, allow, state, keep, limit, rehearse) -> (result, report or reasons)"},
    {"plan", module_plan, METH_VARARGS,
     "plan(names, allow, back, limit, state) -> what an upgrade of these would do, a dict"},
    {"rollback", module_rollback, METH_VARARGS,
     "rollback(names, wait, hold, when, allow, keep, since=0) -> (result, report or reasons)"},
    {"confirm", module_confirm, METH_O, "confirm(names) -> [what is still alive of what was kept]"},
    {"confirm_one", module_confirm_one, METH_O, "confirm_one(since) -> [what is still alive of that one]"},
    {"count_errors", module_count_errors, METH_O, "count_errors(import names) -> [n], exceptions that left them"},
    {"stop_counting", module_stop_counting, METH_O, "stop_counting([n])"},
    {"safe_point", module_safe_point, METH_NOARGS,
     "safe_point()\n--\n\nA point of the program at which its thread may be when a new version is taken.\n\n"
     "To be called in loops that an upgraded package runs for ever, or where the program is between two pieces of\n"
     "work. While an upgrade waits for its moment the thread waits here, for half a second at most, and calls of\n"
     "changed functions that are on its stack stand in nobody's way, as long as they can go on in the new version;\n"
     "also with when=\"strict\". Returns True when a new version was taken meanwhile. Costs nothing to speak of else."},
    {"former", module_former, METH_NOARGS,
     "former() -> [([(distribution, version kept, version loaded)], seconds left, since)]"},
    {"loaded", module_loaded, METH_NOARGS, "loaded() -> {distribution: {version, identity, modules}}"},
    {"staging", module_staging, METH_NOARGS, "staging() -> bool: does this thread import a new version right now?"},
    {"installed", module_installed, METH_O, "installed(name) -> (name, version, identity) or None"},
    {"refresh_path", module_refresh_path, METH_NOARGS,
     "refresh_path() -> (added, removed, kept, .pth files being written, new import lines)"},
    {"merged_path", module_merged_path, METH_NOARGS,
     "merged_path() -> (what refresh_path would make of sys.path, .pth files being written)"},
    {"note_line", module_note_line, METH_O, "note_line(import line): it is not to be named again"},
    {"owner", module_owner, METH_O, "owner(module name) -> (distribution, version, identity) or None"},
    {"recorded", module_recorded, METH_O,
     "recorded(module name) -> of how many objects it is known what they were when its import ended, or None"},
    {"changes", module_changes, METH_NOARGS,
     "changes() -> [(name, loaded version, installed version or None, state, cause)]"},
    {"watch", module_watch, METH_NOARGS, "watch(): loaded modules of replaced distributions point to the kept files"},
    {"kept_path", module_kept_path, METH_O, "kept_path(path) -> the kept file of one that was replaced, or None"},
    {"kept", module_kept, METH_O,
     "kept(seconds) -> {dir, kept}: the installs whose files are kept, after waiting for what is queued"},
    {"explain", (PyCFunction)(void (*)(void))module_explain, METH_FASTCALL,
     "explain(objects) -> [([(holder type, path, count)], left over)]"},
    {NULL, NULL, 0, NULL},
};

static int module_exec(PyObject *module)
{
    (void)module;
    bool known = selftest_run() == 0 && holder_init() == 0;
    return !known || keeper_start() < 0 || searchpath_start() < 0 || base_start() < 0 || late_start() < 0 ||
                   limit_start() < 0 || fork_start() < 0
               ? -1
               : 0;
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, module_exec}, {0, NULL}};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "midflight._engine",
    .m_doc = "The engine of midflight; use the package.",
    .m_methods = methods,
    .m_slots = slots,
};

PyMODINIT_FUNC PyInit__engine(void)
{
    return PyModuleDef_Init(&definition);
}
