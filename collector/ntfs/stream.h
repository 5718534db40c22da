/* The bytes of one attribute: resident, in clusters, sparse, compressed by LZNT1. */
#ifndef HK_NTFS_STREAM_H
#define HK_NTFS_STREAM_H

#include "base/arena.h"
#include "base/bytes.h"
#include "ntfs/record.h"
#include "ntfs/runlist.h"
#include "ntfs/volume.h"

struct hk_ntfs_stream {
  struct hk_bytes bytes;
  const struct hk_ntfs_volume *volume;
  struct hk_ntfs_runs runs;    /* owned */
  uint8_t *resident;           /* owned; NULL when the data lies in clusters */
  uint64_t initialised_bytes;  /* behind it zeroes, whatever the clusters hold */
  uint64_t allocated_bytes;
  uint16_t flags;
  uint32_t unit_bytes;         /* compression unit; 0 = not compressed */
  uint8_t *unit, *packed;      /* owned, unit_bytes each, made at the first read */
  uint64_t unit_number;        /* which one `unit` holds */
  hk_err unit_err;
};

void hk_ntfs_stream_done(struct hk_ntfs_stream *s);
/* Begins a stream from its first attribute (first_vcn 0); the others follow with add, in order. On failure nothing is
   owned. */
hk_err hk_ntfs_stream_init(struct hk_ntfs_stream *s, const struct hk_ntfs_volume *v, const struct hk_ntfs_attribute *first);
hk_err hk_ntfs_stream_add(struct hk_ntfs_stream *s, const struct hk_ntfs_attribute *more);

/* All of a stream of at most `most` bytes, in the arena; ends the stream. HK_LIMIT: it is longer; `step` says of what. */
hk_err hk_ntfs_stream_whole(struct hk_ntfs_stream *s, struct hk_arena *a, uint64_t most, const char *step, struct hk_cur *out);

/* The first range that is no hole, at or behind `from`; false when nothing but a hole follows. Only of a stream that says it
   is sparse (flags): of others, and of compressed ones, all is data. */
bool hk_ntfs_stream_next_data(const struct hk_ntfs_stream *s, uint64_t from, uint64_t *start, uint64_t *end);

#endif
