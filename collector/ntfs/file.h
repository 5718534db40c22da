/* One file: its base record, the extension records its attribute list names, and its streams. */
#ifndef HK_NTFS_FILE_H
#define HK_NTFS_FILE_H

#include "base/arena.h"
#include "ntfs/stream.h"

/* The $MFT as a stream of records. */
struct hk_ntfs_mft {
  const struct hk_ntfs_volume *volume;
  struct hk_ntfs_stream data;
  uint64_t n_records;
  bool from_mirror; /* record 0 itself was damaged */
};

hk_err hk_ntfs_mft_open(const struct hk_ntfs_volume *v, struct hk_ntfs_mft *out);
void hk_ntfs_mft_close(struct hk_ntfs_mft *m);
/* Reads and fixes up one record into `buffer` (volume->record_bytes). */
hk_err hk_ntfs_mft_record(struct hk_ntfs_mft *m, uint64_t number, uint8_t *buffer, struct hk_ntfs_record *out);

/* At most this many records hold one file; Windows stops at an attribute list of 256 KiB. */
#define HK_NTFS_EXTENSIONS_MAX 4096

struct hk_ntfs_file {
  struct hk_arena arena;
  struct hk_ntfs_mft *mft;
  uint64_t number;
  struct hk_ntfs_record *records; /* [0] is the base record */
  size_t n_records;
  size_t n_missing; /* named by the list, but not (or no longer) its own */
};

/* Loads record `number` with its extensions. HK_ABSENT: nothing there; HK_USAGE: an extension itself. */
hk_err hk_ntfs_file_open(struct hk_ntfs_mft *m, uint64_t number, struct hk_ntfs_file *out);
void hk_ntfs_file_close(struct hk_ntfs_file *f);

/* Opens the attribute of that type and name ("" = unnamed; case folded). HK_ABSENT when the file has none. */
hk_err hk_ntfs_file_stream(struct hk_ntfs_file *f, uint32_t type, hk_str name, struct hk_ntfs_stream *out);
/* The file's $STANDARD_INFORMATION; false when it has none. */
bool hk_ntfs_file_standard(const struct hk_ntfs_file *f, struct hk_ntfs_standard *out);
/* Its reparse tag, 0 = none. */
uint32_t hk_ntfs_file_reparse_tag(struct hk_ntfs_file *f);

#endif
