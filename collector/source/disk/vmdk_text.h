/* The descriptor of a VMDK: lines of text that name its extents. */
#ifndef HK_SOURCE_DISK_VMDK_TEXT_H
#define HK_SOURCE_DISK_VMDK_TEXT_H

#include "base/err.h"
#include "base/str.h"

enum hk_vmdk_kind { HK_VMDK_FLAT, HK_VMDK_ZERO, HK_VMDK_SPARSE };

struct hk_vmdk_extent {
  enum hk_vmdk_kind kind;
  uint64_t n_sectors;
  uint64_t from_sector; /* in its file; flat ones only */
  hk_str name;          /* a view on the text */
};

/* Whether it is a descriptor at all. */
bool hk_vmdk_text_is(hk_str text);
/* HK_UNSUPPORTED: the disk has a parent. */
hk_err hk_vmdk_text_parent(hk_str text);
/* The next extent from *pos on; *more is false at the end. HK_UNSUPPORTED: a kind that is not read. */
hk_err hk_vmdk_text_extent(hk_str text, size_t *pos, struct hk_vmdk_extent *out, bool *more);

#endif
