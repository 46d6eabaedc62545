/* What an import set on loggers: the base of their settings, as base.h is that of modules. */
#ifndef MIDFLIGHT_BASE_LOGGERS_H
#define MIDFLIGHT_BASE_LOGGERS_H

#include "compat/ref.h"

enum base_logger_field {
    BASE_LOGGER_LEVEL,
    BASE_LOGGER_PROPAGATE,
    BASE_LOGGER_DISABLED,
    BASE_LOGGER_HANDLERS, /* tuple of names (base_logger_names) */
    BASE_LOGGER_FILTERS,
    BASE_LOGGER_FIELDS,
};

/* Notes the settings of loggers that have appeared since the last time: an import has ended. known: false for what was
 * there before midflight was, of which nobody knows who set it. Cheap when there is none. Runs no code of the program.
 * 0, or -1 with an exception set. */
int base_loggers_note(bool known) MUST_CHECK;

/* The settings of a logger when the import that made it ended: a borrowed tuple, by enum base_logger_field; NULL: not
 * known, or with an exception set. */
PyObject *base_logger(PyObject *logger);

/* From now on that is the base of one of its settings. 0 or -1. */
int base_logger_set(PyObject *logger, enum base_logger_field field, PyObject *value) MUST_CHECK;

/* What tells handlers or filters apart without holding them: a new tuple of str, for a list of them. Runs no code of
 * the program. NULL with an exception set. */
PyObject *base_logger_names(PyObject *items);

#endif
