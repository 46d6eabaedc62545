/* What an upgrade that was made tells of itself, as plain objects. */
#include "engine/upgrade_run.h"

#include "engine/former.h"
#include "engine/rehearse.h"

PyObject *upgrade_report(const struct upgrade *upgrade)
{
    OWN_REF rehearsal = rehearse_report(upgrade);
    if (!rehearsal) {
        return NULL;
    }
    const struct flip *flip = &upgrade->flip;
    PyObject *none = Py_None;
    PyObject *conflicts = upgrade->carry.conflicts ? upgrade->carry.conflicts : none;
    return Py_BuildValue(
        "{s:O,s:O,s:n,s:n,s:n,s:n,s:n,s:n,s:d,s:d,s:d,s:d,s:O,s:O,s:n,s:n,s:O,s:d,s:O,s:O,s:O}", "changes",
        upgrade->changes ? upgrade->changes : none, "conflicts", conflicts, "modules",
        (Py_ssize_t)upgrade->count_modules, "functions", (Py_ssize_t)upgrade->count_functions, "classes",
        (Py_ssize_t)upgrade->count_classes, "instances", (Py_ssize_t)flip->instances, "references",
        (Py_ssize_t)flip->references, "subclasses", (Py_ssize_t)flip->subclasses, "staged", upgrade->stage.seconds,
        "drained", upgrade->drain.waited, "pause", flip->seconds, "retired", upgrade->seconds_retire, "old_frames",
        upgrade->drain.old_frames ? upgrade->drain.old_frames : none, "old_generation",
        upgrade->alive ? upgrade->alive : none, "parked", (Py_ssize_t)upgrade->drain.parked, "tries",
        (Py_ssize_t)upgrade->drain.tries, "notes", upgrade->notes ? upgrade->notes : none, "kept",
        upgrade->former ? upgrade->keep : 0.0, "roots", upgrade->roots ? upgrade->roots : none, "since",
        upgrade->former ? PyTuple_GET_ITEM(upgrade->former, FORMER_SINCE) : none, "rehearsal", rehearsal);
}
