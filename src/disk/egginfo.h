/* NAME-VERSION.egg-info beside its files: a directory, or a single file that is the PKG-INFO. */
#ifndef MIDFLIGHT_DISK_EGGINFO_H
#define MIDFLIGHT_DISK_EGGINFO_H

#include "disk/reader.h"

extern const struct disk_reader egg_info_reader;
extern const struct disk_reader egg_info_file_reader;
extern const struct disk_reader egg_link_reader;

#endif
