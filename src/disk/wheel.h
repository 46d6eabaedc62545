/* What pip, uv and their like leave: NAME-VERSION.dist-info beside the files it lists. */
#ifndef MIDFLIGHT_DISK_WHEEL_H
#define MIDFLIGHT_DISK_WHEEL_H

#include "disk/reader.h"

extern const struct disk_reader wheel_reader;

#endif
