/* redo: what importing the new version did to the outside and was undone, written down to be done once the flip is
 * made.
 *
 * A record is a list of tuples, one an effect, in the order in which they were found. The notes hold strong references;
 * the flip redirects them like any other. What is done is noted in a second record that takes it back, should the
 * program go back to the version before (rollback.h). All may run Python code; GIL held; 0, or -1 with an exception
 * set.
 */
#ifndef MIDFLIGHT_REDO_H
#define MIDFLIGHT_REDO_H

#include "compat/ref.h"

/* mapping[key] = value, where before (NULL: nothing) stood; value NULL: it was deleted. */
int redo_note_item(PyObject *record, PyObject *mapping, PyObject *key, PyObject *value, PyObject *before) MUST_CHECK;

/* The same of an attribute. */
int redo_note_attribute(PyObject *record, PyObject *object, PyObject *name, PyObject *value,
                        PyObject *before) MUST_CHECK;

/* An element of a list, in front or at the end; a member of a set. */
int redo_note_element(PyObject *record, PyObject *container, PyObject *element, bool in_front) MUST_CHECK;

/* setter(value), where getter() gave before. A tuple is what setter is called with. */
int redo_note_setting(PyObject *record, PyObject *getter, PyObject *setter, PyObject *value,
                      PyObject *before) MUST_CHECK;

/* function(*args, **kwargs); kwargs may be NULL. */
int redo_note_call(PyObject *record, PyObject *function, PyObject *args, PyObject *kwargs) MUST_CHECK;

/* An element of a list or set that is to be taken out. */
int redo_note_removal(PyObject *record, PyObject *container, PyObject *element, bool in_front) MUST_CHECK;

/* function(*args, **kwargs), and how that is taken back: other(*other_args). Both may be taken back any number of
 * times. */
int redo_note_pair(PyObject *record, PyObject *function, PyObject *args, PyObject *kwargs, PyObject *other,
                   PyObject *other_args) MUST_CHECK;

/* abc.register(class), or its opposite, for which there is no function. */
int redo_note_abc(PyObject *record, PyObject *abc, PyObject *class, bool registered) MUST_CHECK;

/* Does all of it. What the program changed since staging is its own and stays. One that fails does not keep the others
 * from being done; the first exception is raised. undo: a record to which is added, in front, what takes back what was
 * done; NULL: nobody will. What cannot be taken back is in it as a str that says so. */
int redo_run(PyObject *record, PyObject *undo) MUST_CHECK;

#endif
