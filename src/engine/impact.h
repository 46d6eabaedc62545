/* impact: what of the program's code would an upgrade break? (docs/design.md, impact)
 *
 * Names that the new version does not have, and calls that no longer bind, as far as the code of modules outside the
 * upgrade says so plainly. Asked after carry: what the program itself put into the package is there. */
#ifndef MIDFLIGHT_IMPACT_H
#define MIDFLIGHT_IMPACT_H

#include "engine/upgrade.h"

/* Every use, as a list of dicts: code ("name-removed" or "signature-changed"), module and symbol of what is used
 * (symbol None: the module itself is gone), cause, user (module), function, file, line. No Python code of the program
 * runs. New reference. */
PyObject *impact_find(struct upgrade *upgrade);

/* Where a use is; borrowed, user (the name of a module) may be NULL. */
struct impact_place {
    PyObject *user, *function, *file;
    int line;
};

/* Adds one to such a list, if it is not there yet. module, symbol NULL: None. 0 or -1. */
int impact_add_use(PyObject *uses, const char *code, PyObject *module, PyObject *symbol, PyObject *cause,
                   const struct impact_place *place) MUST_CHECK;

/* A reason for each symbol with uses that upgrade->allow does not allow; what it allows becomes a note. 0, 1 refused,
 * -1. */
int impact_check(struct upgrade *upgrade) MUST_CHECK;

/* The same of a list of uses; refused or not, all reasons are added. */
int impact_refuse(struct upgrade *upgrade, PyObject *uses) MUST_CHECK;

#endif
