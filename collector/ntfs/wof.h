/* Files compressed by the Windows overlay filter (CompactOS, "compact /exe"): the unnamed data is a hole of the right size, the
   bytes are in the stream WofCompressedData. MS-FSCC 2.1.2.12 (tag 0x80000017); chunk table as in MS-WIM. */
#ifndef HK_NTFS_WOF_H
#define HK_NTFS_WOF_H

#include "base/bytes.h"
#include "base/cur.h"
#include "base/lzxpress.h"
#include "ntfs/lzx.h"

#define HK_NTFS_TAG_WOF 0x80000017u

enum hk_wof_method { HK_WOF_XPRESS4K = 0, HK_WOF_LZX = 1, HK_WOF_XPRESS8K = 2, HK_WOF_XPRESS16K = 3 };

struct hk_wof {
  struct hk_bytes bytes;
  struct hk_bytes *packed; /* borrowed */
  enum hk_wof_method method;
  uint32_t chunk_bytes;
  uint64_t n_chunks;
  uint64_t table_bytes;
  unsigned entry_bytes;
  struct hk_lzxpress *xpress; /* one of the two */
  struct hk_lzx *lzx;
  uint8_t *chunk, *in;
  uint64_t number; /* of the chunk held, UINT64_MAX = none */
};

/* Reads a reparse point's data: HK_UNSUPPORTED for another provider (a WIM file) or an unknown method. */
hk_err hk_wof_method_parse(struct hk_cur reparse, enum hk_wof_method *out);
/* Unpacks `packed` to size_bytes. */
hk_err hk_wof_init(struct hk_wof *w, struct hk_bytes *packed, uint64_t size_bytes, enum hk_wof_method method);
void hk_wof_done(struct hk_wof *w);

#endif
