/* The computation is libmd's; nothing here can fail. */
#include "base/sha256.h"

#include <string.h>

void sha256_init(struct sha256 *sha)
{
    SHA256Init(&sha->context);
}

void sha256_add(struct sha256 *sha, const void *bytes, size_t length)
{
    if (length) {
        SHA256Update(&sha->context, bytes, length);
    }
}

void sha256_add_string(struct sha256 *sha, const char *text)
{
    sha256_add(sha, text, strlen(text) + 1);
}

void sha256_end(struct sha256 *sha, uint8_t ret_digest[SHA256_SIZE])
{
    SHA256Final(ret_digest, &sha->context);
}

void sha256_of(const void *bytes, size_t length, uint8_t ret_digest[SHA256_SIZE])
{
    struct sha256 sha;
    sha256_init(&sha);
    sha256_add(&sha, bytes, length);
    sha256_end(&sha, ret_digest);
}
