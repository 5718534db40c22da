/* An image file or a device, and the NTFS volumes on it, each with its letter, $MFT, directories and owners. */
#ifndef HK_SOURCE_NTFS_IMAGE_H
#define HK_SOURCE_NTFS_IMAGE_H

#include "ntfs/list.h"
#include "ntfs/lone.h"
#include "ntfs/partition.h"
#include "ntfs/secure.h"
#include "ntfs/shadow.h"
#include "source/disk/disk.h"

struct hk_ntfs_mounted {
  char letter;
  struct hk_ntfs_volume volume;
  struct hk_ntfs_mft mft;
  struct hk_ntfs_list *list;
  struct hk_ntfs_secure secure;
  struct hk_ntfs_shadows *shadows; /* owned; NULL until asked for */
};

struct hk_ntfs_image {
  struct hk_ntfs_device device;
  struct hk_bytes *owned; /* closed with the image; NULL for borrowed bytes */
  void (*close_owned)(struct hk_bytes *owned);
  struct hk_disk *disk; /* owned, closed before `owned`; NULL: the bytes are the disk's */
  struct hk_ntfs_lone *lone; /* a $MFT without its volume: then v[0] has a list and nothing that could be read */
  struct hk_ntfs_mounted *v;
  size_t n;
  size_t n_locked; /* volumes that BitLocker keeps */
  hk_err damaged;  /* a part of the image that is lost, or the first volume that was NTFS and could not be opened; code 0 = none */
};

/* "PC.img", "\\.\C:" or "C:" (Windows: the volume itself). The volume with \Windows\System32 becomes C: unless the path names a
   letter; the others follow in order. HK_ABSENT: no NTFS volume; HK_DENIED: locked by BitLocker; HK_UNSUPPORTED: a
   container that is not read, with the reason. */
hk_err hk_ntfs_image_open(hk_str path, struct hk_ntfs_image **out);
/* The same over bytes that the caller keeps. */
hk_err hk_ntfs_image_open_bytes(struct hk_bytes *bytes, struct hk_ntfs_image **out);
/* A $MFT that was copied off its volume, for a list: letter C, no owners but those in the records. HK_ABSENT: it is none. */
hk_err hk_ntfs_image_open_mft(hk_str path, struct hk_ntfs_image **out);
void hk_ntfs_image_close(struct hk_ntfs_image *i);

/* The shadow copies of volume k, also where another volume of the same image holds them. HK_ABSENT: there are none. */
hk_err hk_ntfs_image_shadows(const struct hk_ntfs_image *i, size_t k, struct hk_ntfs_shadows **out);
/* Shadow copy n (0 = the oldest) as an image of one volume, which gets that letter. The shadow copies outlive it. */
hk_err hk_ntfs_image_open_shadow(struct hk_ntfs_shadows *s, size_t n, char letter, struct hk_ntfs_image **out);

/* Owner SID of an item ("" = not known); `sid` is scratch. */
hk_str hk_ntfs_item_owner(struct hk_ntfs_mounted *m, const struct hk_ntfs_item *item, char sid[HK_SID_SIZE]);

#endif
