#include "ntfs/lone.h"

#include <string.h>

enum { ALLOCATED_AT = 28, HEAD_BYTES = 48, LOOK_AT = 64 };

bool hk_ntfs_lone_is(const void *head, size_t n)
{
  return n >= 4 && (memcmp(head, "FILE", 4) == 0 || memcmp(head, "BAAD", 4) == 0);
}

static hk_err read_records(struct hk_bytes *self, uint64_t offset, void *out, size_t n, size_t *got)
{
  struct hk_ntfs_lone *const l =
      (struct hk_ntfs_lone *)(void *)((char *)self - offsetof(struct hk_ntfs_lone, mft) - offsetof(struct hk_ntfs_mft, data));
  return l->bytes->read_at(l->bytes, offset, out, n, got);
}

static hk_err read_nothing(struct hk_bytes *self, uint64_t offset, void *out, size_t n, size_t *got)
{
  (void)self;
  (void)out;
  *got = 0;
  return n == 0 ? hk_ok() : hk_fail(HK_ABSENT, "read: the volume is not here", (int64_t)offset);
}

/* How large records are is written in each; the first that is whole decides. */
static hk_err record_size(struct hk_bytes *bytes, uint32_t *out)
{
  uint8_t head[HEAD_BYTES];
  for (uint64_t i = 0; i < LOOK_AT; i++) {
    size_t got = 0;
    HK_TRY(bytes->read_at(bytes, i * 1024, head, sizeof head, &got));
    if (got < sizeof head) break;
    if (memcmp(head, "FILE", 4) != 0) continue;
    struct hk_cur c = hk_cur_over(head, got);
    hk_seek(&c, ALLOCATED_AT);
    *out = hk_u32le(&c);
    return *out == 1024 || *out == 2048 || *out == 4096 ? hk_ok() : hk_fail(HK_UNSUPPORTED, "open a copied $MFT: size of a record", (int64_t)(i * 1024));
  }
  return hk_fail(HK_ABSENT, "open a copied $MFT: no record is there", 0);
}

hk_err hk_ntfs_lone_open(struct hk_bytes *bytes, struct hk_ntfs_lone *out)
{
  uint32_t size = 0;
  HK_TRY(record_size(bytes, &size));
  *out = (struct hk_ntfs_lone){.bytes = bytes, .nothing = {.read_at = read_nothing}};
  out->device = (struct hk_ntfs_device){.bytes = &out->nothing, .sector_bytes = 512};
  out->volume = (struct hk_ntfs_volume){.device = &out->device, .sector_bytes = 512, .cluster_bytes = 4096, .record_bytes = size};
  out->mft.volume = &out->volume;
  out->mft.data.volume = &out->volume;
  out->mft.data.bytes = (struct hk_bytes){.size_bytes = bytes->size_bytes, .read_at = read_records};
  out->mft.n_records = bytes->size_bytes / size;
  return hk_ok();
}
