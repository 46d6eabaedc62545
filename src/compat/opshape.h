/* The effect of one instruction on the value stack. */
#ifndef MIDFLIGHT_OPSHAPE_H
#define MIDFLIGHT_OPSHAPE_H

#include "compat/ref.h"

#include <stdint.h>

enum opshape_flag {
    OPSHAPE_MOVED = 2,    /* its inputs are C locals of the interpreter, or gone, before anything is called */
    OPSHAPE_FORWARD = 4,  /* jumps forward by its argument, */
    OPSHAPE_BACKWARD = 8, /* or backward */
    OPSHAPE_ENDS = 16,    /* never goes on to the next instruction */
    OPSHAPE_CALLS = 32,   /* stackdepth_at.call */
    OPSHAPE_TESTS = 64,   /* stackdepth_at.test */
};

struct opshape {
    int pops;        /* words consumed; what is only looked at stays */
    int pushes;      /* words that appear when it goes on to the next instruction, */
    int jump_pushes; /* or when the jump is taken */
    uint8_t flags;   /* of enum opshape_flag, among others */
};

/* False: an opcode that is not known. */
bool opshape_of(int opcode, int oparg, struct opshape *ret_shape);

#endif
