/* SHA-256, from libmd. A thin face, so that one file names the library. */
#ifndef MIDFLIGHT_SHA256_H
#define MIDFLIGHT_SHA256_H

#include <sha2.h>
#include <stddef.h>
#include <stdint.h>

#define SHA256_SIZE 32

struct sha256 {
    SHA2_CTX context;
};

void sha256_init(struct sha256 *sha);
void sha256_add(struct sha256 *sha, const void *bytes, size_t length);

/* Adds a string and its NUL, so that "ab" "c" and "a" "bc" differ. */
void sha256_add_string(struct sha256 *sha, const char *text);

/* Writes the digest and ends the computation. */
void sha256_end(struct sha256 *sha, uint8_t ret_digest[SHA256_SIZE]);

/* The digest of one piece of memory. */
void sha256_of(const void *bytes, size_t length, uint8_t ret_digest[SHA256_SIZE]);

#endif
