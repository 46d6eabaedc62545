/* A zipped egg: one file that is a sys.path entry, with EGG-INFO and the modules in it. */
#ifndef MIDFLIGHT_DISK_EGGZIP_H
#define MIDFLIGHT_DISK_EGGZIP_H

#include "disk/reader.h"

extern const struct disk_reader egg_zip_reader;

#endif
