/* What easy_install left: an unzipped folder NAME-VERSION-pyX.Y.egg with EGG-INFO in it, on sys.path by a .pth line. */
#ifndef MIDFLIGHT_DISK_EGG_H
#define MIDFLIGHT_DISK_EGG_H

#include "disk/reader.h"

extern const struct disk_reader egg_reader;

#endif
