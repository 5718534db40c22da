/* Where the data of a sparse file stand: written to and read from <name>.idx, in the one form of several that Velociraptor's
   readers all understand: {"ranges":[{"file_offset":…,"original_offset":…,"file_length":…,"length":…},…]}, plain integers,
   holes with file_length 0, in order, covering the file from 0 to its size. */
#ifndef HK_STORE_RANGES_H
#define HK_STORE_RANGES_H

#include "base/arena.h"
#include "base/buf.h"
#include "store/store.h"

#define RANGES_SUFFIX ".idx"
/* One file's pieces of data; the index of so many is some 25 MB of text. */
#define RANGES_MAX ((size_t)1 << 17)
#define RANGES_TEXT_MAX ((uint64_t)64 << 20)

/* Ranges as they come while a file is stored. */
struct ranges_list {
  struct hk_range *v; /* owned */
  size_t n, capacity;
  uint64_t stored_bytes, end; /* data so far; where in the file the last of them ends */
};
void ranges_done(struct ranges_list *l);
void ranges_reset(struct ranges_list *l);
/* What follows stands at `offset`: HK_USAGE when that is before what was, HK_LIMIT when there are too many pieces. */
hk_err ranges_at(struct ranges_list *l, uint64_t offset);
/* n more bytes of data. */
hk_err ranges_add(struct ranges_list *l, uint64_t n);
/* The list as it stands, of a file of size_bytes (or as far as its data reach, when that is more). */
struct hk_ranges ranges_view(const struct ranges_list *l, uint64_t size_bytes);

void ranges_put(struct hk_buf *out, const struct hk_ranges *r);
/* HK_DAMAGED when the text is not of that form or has gaps, HK_LIMIT, HK_MEMORY. stored_bytes: size of the data. */
hk_err ranges_parse(hk_str text, uint64_t stored_bytes, struct hk_arena *a, struct hk_ranges *out);

#endif
