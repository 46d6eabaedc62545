/* The flip's part that is about names of modules. GIL held, no Python code runs. */
#ifndef MIDFLIGHT_FLIP_PUBLISH_H
#define MIDFLIGHT_FLIP_PUBLISH_H

#include "engine/upgrade.h"

/* New names enter sys.modules and outside packages: each (dict, key) that was not there is added to `added`;
 * (namespace, name, module or None: it goes) of outside packages to `children`. Before the walk. 0 or -1, and `added`
 * says what to withdraw. */
int flip_publish(struct upgrade *upgrade, PyObject *added, PyObject *children) MUST_CHECK;

/* Takes back what flip_publish has added (may be NULL). An exception that is set stays. */
void flip_publish_withdraw(PyObject *added);

/* After the commit: names of outside packages lead to the new modules, those of removed modules go. Cannot fail. */
void flip_publish_settle(struct upgrade *upgrade, PyObject *children);

#endif
