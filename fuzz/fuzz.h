/* What the fuzz targets share. Each target is a program of libFuzzer: LLVMFuzzerTestOneInput on one parser of src/disk.
 */
#ifndef MIDFLIGHT_FUZZ_H
#define MIDFLIGHT_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A rule of a parser that the input broke: stops the fuzzer with the place. */
#define FUZZ_CHECK(rule) ((rule) ? (void)0 : __builtin_trap())

/* A directory of this process alone, made once and empty at first; removed by nobody but the system. */
const char *fuzz_folder(void);

/* Writes folder/name anew. */
void fuzz_write(const char *folder, const char *name, const uint8_t *data, size_t size);

#endif
