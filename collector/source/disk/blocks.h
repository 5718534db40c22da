/* What all containers with tables have in common. A format only says where the bytes from an offset on lie; what lies together is read
   together, what is packed is unpacked once, and tables are read by pages, never held. */
#ifndef HK_SOURCE_DISK_BLOCKS_H
#define HK_SOURCE_DISK_BLOCKS_H

#include "source/disk/cache.h"
#include "source/disk/disk.h"

enum hk_piece_kind {
  HK_PIECE_ZEROES, /* never written, or written as nothing */
  HK_PIECE_PLAIN,
  HK_PIECE_PACKED, /* place: the packed block; skip: where in it, unpacked */
};

struct hk_piece {
  enum hk_piece_kind kind;
  struct hk_place place;
  size_t skip;
  uint64_t n; /* bytes of the disk from the offset on, at least 1 */
};

/* Embed it first in the format's own struct. */
struct hk_blocks {
  struct hk_disk disk;
  hk_err (*locate)(struct hk_blocks *self, uint64_t offset, struct hk_piece *out); /* offset < the disk's size */
  struct hk_cache *tables;
  struct hk_cache *unpacked; /* NULL: this format packs nothing */
};

/* Checks the size, sets read_at. `locate` and disk.close are the format's to set; `done` undoes it, also after a failure. */
hk_err hk_blocks_init(struct hk_blocks *b, uint64_t size_bytes);
/* The format packs blocks of that size; `unpack` is called with b. */
hk_err hk_blocks_packed(struct hk_blocks *b, size_t block_bytes, hk_cache_fill_fn *unpack);
void hk_blocks_done(struct hk_blocks *b);

/* n bytes of a table, through the pages. HK_TRUNCATED: the file ends before. */
hk_err hk_blocks_table(struct hk_blocks *b, struct hk_bytes *file, uint64_t at, void *out, size_t n);
/* HK_DAMAGED unless a table of that many entries lies inside the file. */
hk_err hk_blocks_fits(const struct hk_bytes *file, uint64_t at, uint64_t n_entries, size_t entry_bytes, const char *step);
/* Exactly n bytes of a file. */
hk_err hk_disk_read(struct hk_bytes *file, uint64_t at, void *out, size_t n, const char *step);
/* Inflates until the stream ends (with a zlib header: and its checksum is right) or, without, `out` is full; *n says how much. HK_DAMAGED with
   `at` otherwise. */
hk_err hk_disk_inflate(const void *packed, size_t n_packed, bool zlib_header, void *out, size_t room, size_t *n, uint64_t at);

#endif
