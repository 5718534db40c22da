/* Volume shadow copies as they lie on the disk, so that neither Windows nor its VSS service is needed: on images, and where the
   service is stopped. Layout: libvshadow documentation, "Volume Shadow Snapshot (VSS) format". */
#ifndef HK_NTFS_SHADOW_H
#define HK_NTFS_SHADOW_H

#include "base/hktime.h"
#include "ntfs/volume.h"

/* Windows keeps at most 512 on a volume. */
#define HK_NTFS_SHADOWS_MAX 512u
/* For the block maps of all stores of a volume together: 12 bytes for every 16 KiB they saved. */
#define HK_NTFS_SHADOW_MEMORY_MAX ((size_t)384 << 20)

struct hk_ntfs_shadow_info {
  uint8_t store_id[16];   /* names the file in System Volume Information; GUIDs as they are stored */
  uint8_t copy_id[16];    /* what vssadmin calls the shadow copy's id */
  uint8_t set_id[16];     /* taken together with other volumes */
  hk_time created_at;
  uint64_t volume_bytes;  /* of the volume then */
  uint64_t position;      /* counted up by Windows; the newest has the highest */
  uint32_t attributes;    /* VSS_VOLSNAP_ATTR_* */
  uint32_t flags;         /* of the catalog entry */
  hk_err state;           /* why it cannot be opened, as far as known before trying; code 0 = nothing known against it */
  bool doubtful;          /* opened, and a newer store is damaged: what only that one saved shows what came later */
};

/* Whose volume this is and on which its stores lie, as GUIDs; the two differ when an administrator put them elsewhere. HK_ABSENT:
   shadow copies were never used here. */
struct hk_ntfs_shadow_home {
  uint8_t volume_id[16], storage_id[16];
};
hk_err hk_ntfs_shadow_home(const struct hk_ntfs_volume *v, struct hk_ntfs_shadow_home *out);

struct hk_ntfs_shadows;

/* The stores of a volume, oldest first. `storage` is the volume of home.storage_id, NULL when it is the same or cannot be had: then
   stores that lie elsewhere are listed, and cannot be opened (HK_ABSENT). Both are copied; their devices' bytes must outlive what is
   opened. HK_ABSENT: there is no shadow copy. */
hk_err hk_ntfs_shadows_open(const struct hk_ntfs_volume *v, const struct hk_ntfs_volume *storage, struct hk_ntfs_shadows **out);
void hk_ntfs_shadows_close(struct hk_ntfs_shadows *s);
size_t hk_ntfs_shadows_count(const struct hk_ntfs_shadows *s);
/* What ended the reading of the catalog early, code 0 = nothing: there may be more stores than were found. */
hk_err hk_ntfs_shadows_lost(const struct hk_ntfs_shadows *s);
const struct hk_ntfs_shadow_info *hk_ntfs_shadows_info(const struct hk_ntfs_shadows *s, size_t i);

/* The whole volume as it was. Reads its block list and those of all newer stores, once each. A damaged store fails here, the others
   go on. Different stores may be read from different threads; opening and closing is for one thread. Close before the shadows. */
hk_err hk_ntfs_shadow_open(struct hk_ntfs_shadows *s, size_t i, struct hk_bytes **out);
void hk_ntfs_shadow_close(struct hk_bytes *b);

#endif
