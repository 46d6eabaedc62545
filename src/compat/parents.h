/* Packages that are not upgraded, as the staging thread sees them: with the new version's modules in them.
 *
 * A namespace package (google), or a package of another distribution (sphinxcontrib), stays the one object that it is,
 * also for the staging thread. While its view is on, that thread finds in it the submodules that it has imported
 * itself, does not find those of the old version, and may have another __path__. Everybody else sees the package as
 * ever.
 *
 * GIL held; errors are Python exceptions. The view on sys.modules is on, and the calling thread stages. */
#ifndef MIDFLIGHT_PARENTS_H
#define MIDFLIGHT_PARENTS_H

#include "compat/ref.h"

/* Begins the view on one package; harmless if it is on. path: list to be its __path__ for the staging thread, or NULL:
 * as it is. 0; 1 when the object is no plain module; -1 with an exception set. */
int parents_view(PyObject *package, PyObject *path) MUST_CHECK;

/* Is a view on this one on? */
bool parents_viewed(PyObject *package);

/* Ends all of them. Cannot fail; drops what was seen in them. Harmless when there is none. */
void parents_end(void);

#endif
