/* keep, new or merge: what the program says about a name of the package. */
#ifndef MIDFLIGHT_CARRY_POLICY_H
#define MIDFLIGHT_CARRY_POLICY_H

#include "compat/ref.h"

/* Is each key of the dict a path to something in these modules (dict name -> module), and each value a word that is
 * known? policy may be NULL. 0, or -1 with ValueError. Before anything is done. */
int carry_policy_check(PyObject *policy, PyObject *modules) MUST_CHECK;

#endif
