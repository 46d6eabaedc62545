/* Does some process hold a lock on a file? Installers lock files while they are at work. */
#ifndef MIDFLIGHT_DISK_LOCKS_H
#define MIDFLIGHT_DISK_LOCKS_H

#include <stdbool.h>

/* Asks the kernel's list of locks, so that nothing is locked by asking. False when the file is not there, or the list
 * cannot be read. */
bool disk_lock_is_held(const char *path);

/* The name of an installer that is at work in the environment with this prefix: "uv", "dpkg"; NULL: none that can be
 * told so. root: where a distribution lies; dpkg's lock is looked for in the system that has it in /usr/lib. */
const char *disk_installer_at_work(const char *prefix, const char *root);

#endif
