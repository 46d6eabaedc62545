/* A gate in front of functions: while it is closed, calls of them wait with their arguments in hand.
 *
 * A thread that is executing any of the functions (or other code of their modules) passes, or it could never leave; so
 * does the thread that operates the gate, and a call of __hash__ or __eq__, because who looks a key up has its hash in
 * a C local (callers.h). All others park without the GIL until the gate opens. After a flip they call
 * the partner of the function, with every argument that was replaced exchanged for its partner; after an abandoned try
 * they call the function as if nothing had been.
 *
 * Nobody parks longer than the closing was announced for and a little, even if the operator is gone; a forked child
 * starts with the gate open and forgotten.
 *
 * Functions that were flipped forward every later call to their partner for as long as they live.
 *
 * One gate per process: a C function that stands in for another one is given nothing to find its own state by.
 * All functions: GIL held, called by the thread that called gate_begin, unless said otherwise. */
#ifndef MIDFLIGHT_GATE_H
#define MIDFLIGHT_GATE_H

#include "base/ptrmap.h"
#include "compat/frame.h"

/* Begins. map: replaced object -> partner; old_globals: module dict -> anything, or NULL: code that runs in one of
 * these is inside. Both borrowed until gate_end. Returns 0, or -1 with an exception set (a RuntimeError when a gate is
 * in use). */
int gate_begin(const struct ptrmap *map, const struct ptrmap *old_globals) MUST_CHECK;

/* One function to guard; both borrowed until gate_end. partner NULL: its callers go on calling it. Not a Python
 * function: ignored. */
int gate_add(PyObject *function, PyObject *partner, bool changed) MUST_CHECK;

/* Calls of __init__ on an instance of one of these classes never park: whoever makes the instance has it in a C local,
 * and would keep it. Borrowed until gate_end; may be NULL, and may grow. */
void gate_let_constructors_pass(const struct ptrmap *classes);

/* Where is this frame? Code of an added function and code nested in it are what the function is; other code that runs
 * in an old module's namespace counts as changed. */
enum gate_place { GATE_OUTSIDE, GATE_UNCHANGED, GATE_CHANGED };
enum gate_place gate_place_of(const frame *f);

/* Closes it for at most `seconds`. Cannot fail; runs no Python code. */
void gate_close(double seconds);

/* Makes the arguments of all parked calls ready for a flip. Right before it, without letting go of the GIL in between.
 * Takes references to partners only. Returns 0, or -1 with MemoryError set. */
int gate_prepare(void) MUST_CHECK;

/* Opens it. flipped: after gate_prepare and the flip. Harmless when it is open. Runs no Python code. */
void gate_open(bool flipped);

/* Opens it if need be, and forgets everything. */
void gate_end(void);

/* Releases the GIL until a call parks or the time is over. */
void gate_wait(double seconds);

/* Calls parked since gate_begin, and is the process no longer the one that began (a fork)? */
size_t gate_parked(void);
bool gate_lost(void);

/* How many parked calls are calls of this object, or have it as an argument? Their callers may own a reference in a C
 * local. */
size_t gate_parked_on(PyObject *object);

/* Has every call that was ever parked gone on? */
bool gate_is_idle(void);

/* Is this thread parked? Any thread may ask. */
bool gate_is_parked(const PyThreadState *thread);

/* For the program, in any thread: if the gate is closed, waits until it opens, without the GIL. The thread rests then:
 * it is at a point of which the program says that a flip may happen there. Returns whether one has happened meanwhile.
 */
bool gate_rest(void);

/* Does this thread rest? */
bool gate_rests(const PyThreadState *thread);

#endif
