/* Reading a code object's instructions one after the other, as the compiler wrote them. */
#ifndef MIDFLIGHT_INSTRUCTIONS_H
#define MIDFLIGHT_INSTRUCTIONS_H

#include "compat/ref.h"

struct instruction {
    int opcode;
    int argument; /* with all EXTENDED_ARG prefixes */
};

struct reader {
    PyObject *bytes; /* owned */
    Py_ssize_t at;
};

/* Begins at the first instruction. 0, or -1 with an exception set. */
int reader_init(struct reader *reader, PyCodeObject *code) MUST_CHECK;

/* Drops the bytes. */
void reader_release(struct reader *reader);

/* The next instruction; caches are skipped. False at the end. */
bool reader_next(struct reader *reader, struct instruction *ret_instruction);

/* The names that a method stores as attributes of its first argument (`self.name = ...`), added to a set. 0 or -1. */
int code_self_stores(PyCodeObject *code, PyObject *names) MUST_CHECK;

/* Does code bind this attribute of anything (`x.name = ...`), or name it where it may do so by other ways (setattr(),
 * `__dict__`)? What a method binds on its own first argument does not count. Nested code included. 1, 0, -1. */
int code_binds_attribute(PyCodeObject *code, PyObject *name) MUST_CHECK;

/* Does a function do nothing but `self.name = value`, of its only other parameter? 1, 0, -1. */
int code_only_stores(PyCodeObject *code) MUST_CHECK;

/* Does code import anything, or is it no plain function (a generator, a coroutine)? Nested code included. 1, 0, -1. */
int code_imports_or_waits(PyCodeObject *code) MUST_CHECK;

/* May code raise an exception by itself (`raise`, `assert`)? Nested code included. 1, 0, -1. */
int code_raises(PyCodeObject *code) MUST_CHECK;

/* The names that code reads as attributes of anything, nested code included, added to a set. 0 or -1. */
int code_attribute_reads(PyCodeObject *code, PyObject *names) MUST_CHECK;

/* Does code mention one of the names in a set, as a global's or an attribute's, and pass a mapping's items on as
 * keywords
 * (`f(**x)`)? Code that is nested in it is asked for itself. Makes no object that the collector tracks. 1, 0, -1. */
int code_passes_keywords(PyCodeObject *code, PyObject *names) MUST_CHECK;

/* May this local variable have another value than what it began with? 1 (also for one that functions inside share), 0,
 * or -1 with an exception set. */
int code_assigns(PyCodeObject *code, int local) MUST_CHECK;

/* Is this variable, which functions inside share, assigned by the code itself? 1, 0, or -1 with an exception set. */
int code_assigns_cell(PyCodeObject *code, int local) MUST_CHECK;

#endif
