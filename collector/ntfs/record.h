/* One file record of the $MFT and the attributes in it. Layouts: libfsntfs documentation, "MFT entry", "MFT attribute". */
#ifndef HK_NTFS_RECORD_H
#define HK_NTFS_RECORD_H

#include "base/cur.h"
#include "base/err.h"
#include "base/hktime.h"

enum {
  HK_NTFS_STANDARD_INFORMATION = 0x10,
  HK_NTFS_ATTRIBUTE_LIST = 0x20,
  HK_NTFS_FILE_NAME = 0x30,
  HK_NTFS_SECURITY_DESCRIPTOR = 0x50,
  HK_NTFS_DATA = 0x80,
  HK_NTFS_INDEX_ROOT = 0x90,
  HK_NTFS_INDEX_ALLOCATION = 0xA0,
  HK_NTFS_BITMAP = 0xB0,
  HK_NTFS_REPARSE_POINT = 0xC0,
};

/* A file reference: 48 bits of record number, 16 of sequence. */
struct hk_ntfs_ref {
  uint64_t record;
  uint16_t sequence;
};
struct hk_ntfs_ref hk_ntfs_ref_from(uint64_t raw);

struct hk_ntfs_record {
  struct hk_cur bytes;  /* the part in use, fixed up */
  uint16_t sequence;
  uint16_t n_links;
  bool in_use;
  bool is_directory;
  struct hk_ntfs_ref base; /* 0, 0 for a base record */
  uint16_t first_attribute;
};

/* Undoes the update sequence in place. HK_ABSENT: no "FILE" record here (never used); HK_DAMAGED: torn or "BAAD". */
hk_err hk_ntfs_fixup(uint8_t *record, size_t size, const char magic[4]);
/* Reads the header of a record that was fixed up. */
hk_err hk_ntfs_record_parse(const void *record, size_t size, struct hk_ntfs_record *out);

#define HK_NTFS_COMPRESSED 0x0001u
#define HK_NTFS_ENCRYPTED 0x4000u
#define HK_NTFS_SPARSE 0x8000u

struct hk_ntfs_attribute {
  uint32_t type;
  uint16_t flags;
  uint16_t id;
  struct hk_cur name; /* UTF-16LE */
  bool resident;
  struct hk_cur value; /* resident */
  /* not resident */
  uint64_t first_vcn, last_vcn;
  uint64_t allocated_bytes, size_bytes, initialised_bytes; /* valid where first_vcn is 0 */
  uint64_t held_bytes; /* in clusters of its own: less than allocated where it is sparse or compressed */
  uint8_t unit_shift; /* compression unit: 1 << it clusters; 0 = not compressed */
  struct hk_cur runs;
};

/* The next attribute of a record; start with a cursor from hk_ntfs_attributes. False at the end, with c->bad set when the
   end is not where the record says. */
struct hk_cur hk_ntfs_attributes(const struct hk_ntfs_record *r);
bool hk_ntfs_attribute_next(struct hk_cur *c, struct hk_ntfs_attribute *out);

/* Time stamps in the order they are stored. */
struct hk_ntfs_times {
  hk_time born_at, modified_at, changed_at, accessed_at;
};

struct hk_ntfs_standard {
  struct hk_ntfs_times times;
  uint32_t attributes;
  uint32_t security_id; /* 0 = the old short form, or none */
};
bool hk_ntfs_standard_parse(struct hk_cur value, struct hk_ntfs_standard *out);

enum { HK_NTFS_POSIX = 0, HK_NTFS_WIN32 = 1, HK_NTFS_DOS = 2, HK_NTFS_WIN32_DOS = 3 };

#define HK_NTFS_NAME_IS_DIRECTORY 0x10000000u /* among the attributes of $FILE_NAME */

struct hk_ntfs_name {
  struct hk_ntfs_ref parent;
  struct hk_ntfs_times times;
  uint64_t allocated_bytes, size_bytes;
  uint32_t attributes;
  uint32_t reparse_tag; /* or the size of extended attributes: only with attribute 0x400 it is a tag */
  uint8_t space;        /* HK_NTFS_POSIX ... */
  struct hk_cur name;   /* UTF-16LE */
};
bool hk_ntfs_name_parse(struct hk_cur value, struct hk_ntfs_name *out);

#endif
