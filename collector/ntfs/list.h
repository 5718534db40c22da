/* Everything on a volume, from the $MFT read front to back: once for the directories, once for what is in them. */
#ifndef HK_NTFS_LIST_H
#define HK_NTFS_LIST_H

#include "ntfs/file.h"
#include "ntfs/tree.h"

/* One name of one stream of one record; all strings and cursors are valid during the callback. */
struct hk_ntfs_item {
  uint64_t record;
  uint16_t sequence;
  bool in_use;
  bool is_directory;
  bool is_orphan;  /* its directory is not known any more: the path begins with \$OrphanFiles */
  bool has_name;   /* false: no $FILE_NAME is left, the last component is made up */
  bool in_index;   /* it is in no record, only in the slack of its directory's index (slack.h); sequence 0: which record is not known */
  hk_str path;     /* "\Users\x.txt:stream", without volume */
  hk_str name;     /* its last component, without the stream */
  hk_str stream;   /* "" = the unnamed data, or a directory */
  hk_str short_name; /* 8.3 name in the same directory, "" = none */
  size_t directory; /* index in the tree, HK_NTFS_NO_DIRECTORY for an orphan */
  uint16_t n_links;
  bool has_standard;
  struct hk_ntfs_standard standard;
  struct hk_ntfs_times name_times;
  uint8_t name_units; /* length of the name in UTF-16 units */
  uint16_t name_id; /* attribute numbers, as other tools print them: 48-id */
  bool has_data;    /* false: a file without unnamed data, or a directory */
  struct hk_cur resident; /* the stream's bytes where they lie in the record; empty otherwise */
  uint32_t data_type;
  uint16_t data_id;
  uint16_t data_flags;
  uint64_t size_bytes, allocated_bytes;
  uint64_t held_bytes; /* clusters of its own (record.h) */
  uint32_t reparse_tag;
  struct hk_cur descriptor;   /* $SECURITY_DESCRIPTOR where resident, empty otherwise */
  bool descriptor_elsewhere;  /* there is one, in clusters */
  unsigned extra_index;       /* 0 for the first line of this (record, name); counts streams */
};

typedef bool hk_ntfs_item_fn(void *ctx, const struct hk_ntfs_item *item);

struct hk_ntfs_list;

struct hk_ntfs_list_counts {
  uint64_t n_records;      /* records looked at */
  uint64_t n_damaged;      /* torn, marked bad, or broken inside */
  uint64_t n_unreadable;   /* the device failed */
  uint64_t n_in_use, n_deleted, n_extensions;
  bool limited; /* a budget was spent: not everything was listed */
};

/* First pass. The list borrows the $MFT. */
hk_err hk_ntfs_list_open(struct hk_ntfs_mft *m, struct hk_ntfs_list **out);
void hk_ntfs_list_close(struct hk_ntfs_list *l);
const struct hk_ntfs_tree *hk_ntfs_list_tree(const struct hk_ntfs_list *l);
const struct hk_ntfs_list_counts *hk_ntfs_list_counts(const struct hk_ntfs_list *l);

/* ---- for the second pass (ntfs/items.h) and one by several threads (source/ntfs/crew.h) -------------------------------- */

/* The $MFT from front to back. One thread at a time. */
struct hk_ntfs_sweep {
  struct hk_ntfs_list *list;
  uint64_t next;     /* number of the first record of the next block */
  uint64_t in_a_row; /* records that could not be read */
};

#define HK_NTFS_BLOCK_BYTES ((size_t)1 << 18)
/* Reads the next block of at most HK_NTFS_BLOCK_BYTES: records *first to *first + *n - 1, as they lie on the disk, zeroes for those
   that cannot be read. False at the end. */
bool hk_ntfs_sweep_next(struct hk_ntfs_sweep *s, uint8_t *block, uint64_t *first, size_t *n);

/* Before a second pass, and what its parts counted, one after the other. */
void hk_ntfs_list_recount(struct hk_ntfs_list *l);
void hk_ntfs_list_count(struct hk_ntfs_list *l, const struct hk_ntfs_list_counts *part);

struct hk_ntfs_extension {
  uint64_t base;
  uint64_t record;
  uint8_t *kept; /* the whole record, fixed up; NULL: to be read again */
};
struct hk_ntfs_mft *hk_ntfs_list_mft(const struct hk_ntfs_list *l);
/* The extension records of a file: *n of them. */
const struct hk_ntfs_extension *hk_ntfs_list_extensions(const struct hk_ntfs_list *l, uint64_t base, size_t *n);
/* The extension if it is this very file's; it lies in its own copy, or in `spare`, which holds one record. */
bool hk_ntfs_extension_of(struct hk_ntfs_mft *m, const struct hk_ntfs_extension *x, const struct hk_ntfs_record *base, uint8_t *spare,
                          struct hk_ntfs_record *out);

#endif
