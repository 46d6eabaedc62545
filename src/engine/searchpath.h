/* searchpath: sys.path as it is to be. (docs/design.md, sys.path) */
#ifndef MIDFLIGHT_SEARCHPATH_H
#define MIDFLIGHT_SEARCHPATH_H

#include "compat/ref.h"
#include "disk/sitepath.h"

/* Notes what `site` made of sys.path at the start of this process, as far as the disk still says it: to be called
 * early. Runs functions of the site module. 0, or -1 with an exception set. */
int searchpath_start(void) MUST_CHECK;

/* What site would make of it now; the disk is looked at as notice_look_again and notice_refresh say. *ret_waiting: a
 * list (new reference) of the .pth files that are being written at this moment; when it is not empty, *ret_now is not
 * to be applied. The caller releases *ret_now. 0, or -1 with an exception set, nothing written. */
int searchpath_read(struct sitepath *ret_now, PyObject **ret_waiting) MUST_CHECK;

/* The live list with what changed between the start (or the last searchpath_apply) and now. New list; the live one is
 * not touched. */
PyObject *searchpath_merge(const struct sitepath *now);

/* The same in one: what searchpath_read and searchpath_merge give together, whatever is being written. New list. */
PyObject *searchpath_now(void);

/* What site had made of it before a flip, for searchpath_apply when the flip is taken back: the difference between the
 * lists before it and after it, backwards. 0, or -1 with an exception set. */
int searchpath_reverse(PyObject *before_flip, PyObject *after_flip, struct sitepath *ret_then) MUST_CHECK;

/* Rebinds sys.path to what searchpath_merge gives, if it differs, and lets the import system forget what is no longer
 * on it. Takes what `now` holds (it is empty afterwards). Returns a tuple (added, removed, kept) of lists of entries,
 * new reference; NULL with an exception set: then it may be called again. */
PyObject *searchpath_apply(struct sitepath *now);

/* list of (file, line, text, site directory, name) of import lines in .pth files that were not there at the start, nor
 * noted since. New reference. Uses what the last searchpath_read has read. */
PyObject *searchpath_import_lines(void);

/* Such a tuple was run, or is not to be named again. 0 or -1. */
int searchpath_note_line(PyObject *line) MUST_CHECK;

/* The lines that speak of one of these modules (a list of names) are not to be named again: what they do is done. 0 or
 * -1. Reads what changed of the site directories. */
int searchpath_note_lines_of(PyObject *names) MUST_CHECK;

#endif
