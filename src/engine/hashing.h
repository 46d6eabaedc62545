/* hashing: is a key being looked up right now whose hash the flip changes? (docs/design.md, flip, hashes) */
#ifndef MIDFLIGHT_HASHING_H
#define MIDFLIGHT_HASHING_H

struct upgrade;

/* After flip_plan_hashes: an enum flip_result, FLIP_AGAIN while C code has such a hash in hand, or goes through a table
 * that gets another order. Runs no Python code. */
int hashing_is_over(struct upgrade *upgrade);

#endif
