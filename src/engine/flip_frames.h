/* Old frames in the new world. For flip_plan.c and drain's question. */
#ifndef MIDFLIGHT_FLIP_FRAMES_H
#define MIDFLIGHT_FLIP_FRAMES_H

#include "engine/upgrade.h"

/* Can this frame's old instructions go on in the new world? arg: the struct upgrade. 1; 0 (*ret_why: new reference to a
 * str); -1. */
int flip_frame_fits(frame *f, void *arg, PyObject **ret_why);

#endif
