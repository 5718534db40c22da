/* The bytes of a ZIP64 archive: headers written in one canonical form, and read whatever form others use.
   APPNOTE.TXT 6.3.10 section 4; Info-ZIP's extended timestamp (0x5455); NTFS times (0x000a).

   Three forms of a local header, all with the UTF-8 flag:
     known     sizes and CRC in the header, no descriptor (small files, whole files, directories)
     known big the same with a ZIP64 extra because a size needs it
     streamed  flag bit 3, sizes all ones with a zeroed ZIP64 extra, behind the data a descriptor with 64-bit sizes
   Every local header we write carries a private extra field 0x4b48 with the archive's random id and the entry's number:
   recovery tells our headers from those of archives inside the evidence by it. */
#ifndef HK_STORE_ZIP_FORMAT_H
#define HK_STORE_ZIP_FORMAT_H

#include "base/buf.h"
#include "base/cur.h"
#include "base/err.h"
#include "base/hktime.h"
#include "base/str.h"

#define ZIP_LOCAL_SIGNATURE 0x04034b50u
#define ZIP_CENTRAL_SIGNATURE 0x02014b50u
#define ZIP_DESCRIPTOR_SIGNATURE 0x08074b50u
#define ZIP_LOCAL_SIZE 30
#define ZIP_CENTRAL_SIZE 46
#define ZIP_DESCRIPTOR_SIZE 24 /* as we write it: signature, CRC, two 64-bit sizes */
#define ZIP_END_SIZE 22
#define ZIP_END64_SIZE 56
#define ZIP_LOCATOR_SIZE 20
#define ZIP_STORED 0
#define ZIP_DEFLATE 8
#define ZIP_FLAG_ENCRYPTED 1
#define ZIP_FLAG_STREAMED 8
#define ZIP_FLAG_UTF8 0x800
#define ZIP_LONGEST_NAME 60000

struct zip_head {
  hk_str name; /* a directory's ends in '/' */
  uint16_t flags, method, version;
  uint32_t crc32;
  uint64_t size_bytes, packed_bytes;
  uint64_t at; /* offset of the local header; central directory only */
  hk_time born_at, modified_at, accessed_at;
  bool has_zip64;    /* reading: a ZIP64 extra was there */
  bool has_id;       /* reading: our private extra was there */
  uint64_t archive_id, number;
};

bool zip_is_directory(const struct zip_head *h);
bool zip_is_streamed(const struct zip_head *h);

void zip_put_local(struct hk_buf *out, const struct zip_head *h);
void zip_put_descriptor(struct hk_buf *out, const struct zip_head *h);
void zip_put_central(struct hk_buf *out, const struct zip_head *h);
/* The end of the archive: ZIP64 records only where something needs them, and then every classic field is saturated. */
void zip_put_end(struct hk_buf *out, uint64_t n_entries, uint64_t directory_at, uint64_t directory_bytes);

/* Reads a header with its name and extra fields; the name points into the cursor's bytes. HK_ABSENT when there is no such
   signature, HK_TRUNCATED, HK_DAMAGED. The cursor stands behind the header afterwards (on success). */
hk_err zip_get_local(struct hk_cur *in, struct zip_head *out);
hk_err zip_get_central(struct hk_cur *in, struct zip_head *out);

struct zip_end {
  uint64_t n_entries, directory_at, directory_bytes;
  uint64_t end64_at; /* offset of the ZIP64 end record; meaningful when needs64 */
  bool needs64;
};
/* The classic end record at the cursor's start. */
hk_err zip_get_end(struct hk_cur *in, struct zip_end *out);
/* The locator (20 bytes): offset of the ZIP64 end record. HK_ABSENT when it is none. */
hk_err zip_get_locator(struct hk_cur *in, uint64_t *end64_at);
hk_err zip_get_end64(struct hk_cur *in, struct zip_end *out);

#endif
