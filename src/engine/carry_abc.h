/* Registrations on abstract base classes that the program made on the old generation. For carry. */
#ifndef MIDFLIGHT_CARRY_ABC_H
#define MIDFLIGHT_CARRY_ABC_H

#include "engine/carry_parts.h"

/* Registers with each new ABC the outside classes that are registered with its old one. Writes into the new generation
 * only. */
int carry_abc(struct carrying *carrying) MUST_CHECK;

#endif
