/* What the files of the vault share. vault.h says what holds. */
#ifndef MIDFLIGHT_DISK_VAULT_PARTS_H
#define MIDFLIGHT_DISK_VAULT_PARTS_H

#include "disk/vault.h"

/* Chooses, makes and opens the directory: fills dir, fd, device, inode and user. */
int vault_dir_open(const char *dir, struct vault *vault, struct disk_error *error) DISK_MUST_CHECK;

/* Is the directory still the one that was opened, and nobody else's? */
bool vault_dir_holds(const struct vault *vault);

/* The same, and fd means it: programs that become daemons close whatever is open, and the number is another file's. */
bool vault_dir_renew(struct vault *vault);

/* Takes DIR/lock exclusively, without waiting. Returns a descriptor whose closing gives it back, or -errno. */
int vault_lock_all(const struct vault *vault);

/* Takes it shared with others who add. Waits until *stop (-EINTR). Returns as vault_lock_all. */
int vault_lock_shared(const struct vault *vault, const atomic_bool *stop);

/* Takes DIR/making, which one process has at a time, so that those which loaded the same do not all make it. Waits
 * until *stop (-EINTR). Returns as vault_lock_all. */
int vault_lock_making(const struct vault *vault, const atomic_bool *stop);

/* Lists the key as used by this process; the lock must be held. 0 or -errno. */
int vault_use(struct vault *vault, const char *key);

/* Removes the tree below dir/name, as far as that is possible. Links are not followed. */
void vault_remove_tree(int dir, const char *name);

/* The sum of what the manifests say. */
uint64_t vault_bytes(const struct vault *vault);

/* Puts the file where `relative` says below the open directory `into`: linked if that is safe, else copied (V3).
 * before: one that was put there, whose folders are not made again; or NULL. Returns its bytes; -ENOENT, -ESTALE,
 * -EFBIG: it is left out; other -errno. */
int64_t vault_put(const struct vault_entry *entry, const struct vault_file *file, const struct vault_file *before,
                  int into);

#endif
