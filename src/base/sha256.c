/* The computation is libmd's; nothing here can fail. Where the processor has instructions for it, they take whole
 * blocks, which is eight times as fast: each RECORD is hashed while its distribution is imported. */
#include "base/sha256.h"

#include <stdbool.h>
#include <string.h>

#ifdef __x86_64__
#include <cpuid.h>
#include <immintrin.h>

static const uint32_t constants[64] __attribute__((aligned(16))) = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static bool has_instructions(void)
{
    unsigned a, b, c, d;
    return __builtin_cpu_supports("sse4.1") && __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b >> 29 & 1);
}

/* Sixty-four rounds, four at a time; the message's words are made as they are needed. The instructions keep the eight
 * words of the state as (a, b, e, f) and (c, d, g, h). */
__attribute__((target("sha,sse4.1"))) static void rounds(__m128i *abef, __m128i *cdgh, const uint8_t *block)
{
    const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0bll, 0x0405060700010203ll);
    __m128i word[4], first = *abef, second = *cdgh;
    for (int i = 0; i < 4; i++) {
        word[i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(const void *)(block + 16 * i)), big_endian);
    }
    for (int i = 0; i < 16; i++) {
        __m128i *now = &word[i % 4], after = word[(i + 1) % 4], next = word[(i + 2) % 4], last = word[(i + 3) % 4];
        __m128i sum = _mm_add_epi32(*now, _mm_load_si128((const __m128i *)(const void *)(constants + 4 * i)));
        second = _mm_sha256rnds2_epu32(second, first, sum);
        first = _mm_sha256rnds2_epu32(first, second, _mm_shuffle_epi32(sum, 0x0e));
        __m128i made = _mm_add_epi32(_mm_sha256msg1_epu32(*now, after), _mm_alignr_epi8(last, next, 4));
        *now = _mm_sha256msg2_epu32(made, last); /* in the last four rounds for nothing */
    }
    *abef = _mm_add_epi32(*abef, first);
    *cdgh = _mm_add_epi32(*cdgh, second);
}

__attribute__((target("sha,sse4.1"))) static void add_blocks(uint32_t state[8], const uint8_t *bytes, size_t blocks)
{
    __m128i cdab = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(const void *)state), 0xb1);
    __m128i efgh = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(const void *)(state + 4)), 0x1b);
    __m128i abef = _mm_alignr_epi8(cdab, efgh, 8), cdgh = _mm_blend_epi16(efgh, cdab, 0xf0);
    for (; blocks; blocks--, bytes += 64) {
        rounds(&abef, &cdgh, bytes);
    }
    __m128i feba = _mm_shuffle_epi32(abef, 0x1b), dchg = _mm_shuffle_epi32(cdgh, 0xb1);
    _mm_storeu_si128((__m128i *)(void *)state, _mm_blend_epi16(feba, dchg, 0xf0));
    _mm_storeu_si128((__m128i *)(void *)(state + 4), _mm_alignr_epi8(dchg, feba, 8));
}

/* The whole blocks at the beginning, if none is begun. How many bytes that were. */
static size_t add_whole_blocks(struct sha256 *sha, const uint8_t *bytes, size_t length)
{
    static int known = -1; /* threads may find out at the same time: the same */
    int can = __atomic_load_n(&known, __ATOMIC_RELAXED);
    if (can < 0) {
        can = has_instructions();
        __atomic_store_n(&known, can, __ATOMIC_RELAXED);
    }
    size_t blocks = can && sha->context.bitcount[0] % 512 == 0 ? length / 64 : 0;
    if (blocks) {
        add_blocks(sha->context.state.st32, bytes, blocks);
        sha->context.bitcount[0] += (uint64_t)blocks * 512; /* of 2^64 */
    }
    return blocks * 64;
}
#else
static size_t add_whole_blocks(struct sha256 *sha, const uint8_t *bytes, size_t length)
{
    (void)sha, (void)bytes, (void)length;
    return 0;
}
#endif

void sha256_init(struct sha256 *sha)
{
    SHA256Init(&sha->context);
}

void sha256_add(struct sha256 *sha, const void *bytes, size_t length)
{
    size_t done = length ? add_whole_blocks(sha, bytes, length) : 0;
    if (length > done) {
        SHA256Update(&sha->context, (const uint8_t *)bytes + done, length - done);
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
