/* Owners: $Secure:$SDS holds each different security descriptor once; a file names it by number. Read once, front to back.
   libfsntfs documentation, "Security descriptor stream"; MS-DTYP 2.4.6 and 2.4.2. */
#ifndef HK_NTFS_SECURE_H
#define HK_NTFS_SECURE_H

#include "ntfs/file.h"

struct hk_ntfs_owner {
  uint32_t id;
  uint32_t sid; /* index in `sids` */
};

struct hk_ntfs_secure {
  struct hk_arena arena;
  struct hk_ntfs_owner *v; /* by id */
  size_t n, capacity;
  hk_str *sids; /* each different owner once */
  size_t n_sids, sid_capacity;
  size_t n_damaged; /* entries that were unreadable in both copies */
};

void hk_ntfs_secure_init(struct hk_ntfs_secure *s);
void hk_ntfs_secure_done(struct hk_ntfs_secure *s);
/* Takes in the bytes of a $SDS stream. */
hk_err hk_ntfs_secure_read(struct hk_ntfs_secure *s, struct hk_cur sds);
/* The same from a volume's record 9. HK_ABSENT on a volume without $SDS (NTFS before 3.0). */
hk_err hk_ntfs_secure_load(struct hk_ntfs_secure *s, struct hk_ntfs_mft *m);
/* Owner of a security id, "" when it is not known. */
hk_str hk_ntfs_secure_owner(const struct hk_ntfs_secure *s, uint32_t id);

/* "S-1-5-21-…" of the owner in a self-relative security descriptor; false when there is none. */
#define HK_SID_SIZE 200
bool hk_ntfs_descriptor_owner(struct hk_cur descriptor, char out[HK_SID_SIZE]);

#endif
