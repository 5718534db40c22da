/* Finds the finished entries of an archive without its central directory: from the front, header by header. An entry counts
   only when its bytes unpack and agree with the CRC-32 and the sizes its header or descriptor states. Behind damage only
   headers that carry the archive's own random id are looked at, so that an archive inside the evidence is never taken for
   entries of ours. */
#ifndef HK_STORE_ZIP_SCAN_H
#define HK_STORE_ZIP_SCAN_H

#include "base/bytes.h"
#include "base/err.h"
#include "base/hash.h"
#include "store/zip_format.h"

struct zip_found {
  struct zip_head head; /* sizes and CRC as proved; the name lives during the callback */
  uint64_t data_at, end_at;
  uint32_t packed_crc32;
  uint8_t sha256[HK_SHA256_SIZE];
  uint8_t md5[HK_MD5_SIZE];
  uint64_t n_lines; /* newlines in the content */
};

struct zip_scan_events {
  void *ctx;
  hk_err (*on_found)(void *ctx, const struct zip_found *f); /* an error stops the scan and is passed on */
  /* An entry that is there but not whole; the name may be empty when not even that is known. */
  void (*on_broken)(void *ctx, hk_str name, hk_err e);
};
/* HK_ABSENT when there is not one local header at the front. */
hk_err zip_scan(struct hk_bytes *in, const struct zip_scan_events *events);

#endif
