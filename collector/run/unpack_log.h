/* <UTC>_CopyLog.csv beside the unpacked tree: KAPE's columns, but for the digest, which is SHA-256 under Velociraptor's
   name for it. UTF-8 with a byte order mark, CRLF, every cell quoted; a cell that a spreadsheet would take for a formula
   gets an apostrophe before it. */
#ifndef HK_RUN_UNPACK_LOG_H
#define HK_RUN_UNPACK_LOG_H

#include "base/err.h"
#include "base/hash.h"
#include "base/hktime.h"
#include "base/str.h"

struct hk_copy_log;
struct hk_copied {
  hk_time at;
  hk_str source, destination;
  uint64_t size_bytes;
  uint8_t sha256[HK_SHA256_SIZE];
  hk_str method; /* how the collector read it, "" = not known: the last column, which KAPE does not have */
  bool deferred; /* it had been locked and was read past the file system */
  hk_time born_at, modified_at, accessed_at;
  uint64_t took_ms;
};
/* Makes the file in the folder; its path is in hk_copy_log_path afterwards. */
hk_err hk_copy_log_open(hk_str folder, hk_time now, struct hk_copy_log **out);
hk_err hk_copy_log_add(struct hk_copy_log *l, const struct hk_copied *c);
hk_str hk_copy_log_path(const struct hk_copy_log *l);
/* Writes what is left and frees; NULL is fine. */
hk_err hk_copy_log_close(struct hk_copy_log *l);

#endif
