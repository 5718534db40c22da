/* One entry of the journal: USN_RECORD_V2, V3 and V4 of [MS-FSCC] 2.3.62 and the Windows SDK (winioctl.h). */
#ifndef HK_MODULES_USN_ENTRY_H
#define HK_MODULES_USN_ENTRY_H

#include "base/cur.h"
#include "base/hktime.h"

/* NTFS never lets an entry cross a page of this size. */
#define USN_PAGE 4096u
#define USN_LEAST 56u

enum {
  USN_DATA_OVERWRITE = 0x1,
  USN_DATA_EXTEND = 0x2,
  USN_DATA_TRUNCATION = 0x4,
  USN_FILE_CREATE = 0x100,
  USN_FILE_DELETE = 0x200,
  USN_RENAME_OLD_NAME = 0x1000,
  USN_RENAME_NEW_NAME = 0x2000,
};
#define USN_CLOSE 0x80000000u
#define USN_DIRECTORY 0x10u

/* The low half of a reference is the NTFS reference: 48 bits of MFT entry, 16 of sequence. */
struct usn_id {
  uint64_t low, high;
};

struct usn_entry {
  uint16_t version;
  uint32_t length;
  uint64_t usn;
  hk_time at;
  uint32_t reason, source, security_id, attributes;
  struct usn_id file, parent;
  struct hk_cur name;  /* UTF-16LE; empty in version 4 */
  uint16_t n_extents;  /* version 4 */
};

/* Reads the entry at the cursor's position, which is not moved. False when none is there: every length, offset and time must
   be one that Windows writes, so that anything else, and the middle of an entry, is refused. */
bool usn_entry_read(const struct hk_cur *c, struct usn_entry *out);

/* Names of the set bits, in order of their value; at most 32. Returns how many. */
size_t usn_reasons(uint32_t reason, hk_str out[32]);
/* "0123…", 32 digits, of a reference with more than 64 bits; empty for NTFS. */
hk_str usn_wide_id(struct usn_id id, char out[40]);

#endif
