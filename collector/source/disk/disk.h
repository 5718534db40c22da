/* A disk inside a container file, as hypervisors and imaging programs keep disks: its plain bytes, read on demand. What a container says is
   evidence like any other: it is read through hk_cur, every chain and table has a budget, and no name in it leads out of its folder. */
#ifndef HK_SOURCE_DISK_DISK_H
#define HK_SOURCE_DISK_DISK_H

#include "base/bytes.h"
#include "base/err.h"
#include "base/str.h"

/* Embed it first in the format's own struct. */
struct hk_disk {
  struct hk_bytes bytes; /* may be read from several threads at once */
  void (*close)(struct hk_disk *self);
  hk_err lost; /* why a part of the disk cannot be read, and fails when it is; code 0 = the container is whole */
};

/* A format: `open` gives HK_ABSENT where the file is none of its kind, and owns nothing unless it succeeds. `file` is borrowed and may be
   read from several threads; `path` names it, "" = it has no name, and so nothing beside it. */
typedef hk_err hk_disk_open_fn(struct hk_bytes *file, hk_str path, struct hk_disk **out);

/* The disk in that file. HK_ABSENT: no container, its bytes are the disk's; HK_UNSUPPORTED: a kind that is not read, with the reason. */
hk_disk_open_fn hk_disk_open;

/* A file by its name, for an image and what lies beside it; safe to read from several threads. A device that does not tell its size is
   endless. */
hk_err hk_disk_file_open(hk_str path, struct hk_bytes **out);
void hk_disk_file_close(struct hk_bytes *b); /* NULL is fine */

#endif
