/* A directory's index, $I30: who is in it, and who was. $INDEX_ROOT lies in the file record and is all a small directory has; a larger
   one has $INDEX_ALLOCATION, too, blocks that begin with "INDX". An entry holds the whole $FILE_NAME: name, four times, size and the
   number of the file record.
   Layouts: libfsntfs documentation, "The index" ("Index root", "Index node header", "Index entry", "Index value"). */
#ifndef HK_NTFS_INDEX_H
#define HK_NTFS_INDEX_H

#include "base/bytes.h"
#include "ntfs/record.h"

/* What a listing takes in of one directory. Windows' own folders stay below 100,000 entries; past these a directory is not read on. */
#define HK_NTFS_INDEX_BYTES_MAX ((uint64_t)256 << 20)
#define HK_NTFS_INDEX_ENTRIES_MAX ((size_t)1 << 20)

/* What is known of a directory; whatever is not known is left zero. */
struct hk_ntfs_index {
  struct hk_cur root;            /* value of $INDEX_ROOT */
  struct hk_bytes *blocks;       /* $INDEX_ALLOCATION, borrowed */
  struct hk_cur bitmap;          /* value of $BITMAP:$I30. Without it a whole block counts as in use, as its own header tells it */
  struct hk_cur record_slack;    /* of the directory's file record, behind its attributes: a root that shrinks leaves names there */
  struct hk_ntfs_ref directory;  /* sequence 0: taken from the first entry in use, or else from the first that is found in slack */
};

enum hk_ntfs_index_place {
  HK_NTFS_INDEX_USED,       /* the directory has it */
  HK_NTFS_INDEX_NODE_SLACK, /* behind the entries in use of a node, the root's among them */
  HK_NTFS_INDEX_FREE_BLOCK, /* in a block that is whole and not in use */
  HK_NTFS_INDEX_RECORD,     /* in record_slack */
};

struct hk_ntfs_index_entry {
  struct hk_ntfs_name name; /* the name's bytes are valid during the callback */
  struct hk_ntfs_ref file;  /* sequence 0: not known, the next entry's end was written over it */
  enum hk_ntfs_index_place place;
  bool slack;      /* place is not HK_NTFS_INDEX_USED */
  bool listed;     /* in slack: an entry in use has this name, and this file where it is known: an older state of what is there */
  bool in_root;    /* offset counts in $INDEX_ROOT, else (unless it is in record_slack) in $INDEX_ALLOCATION */
  uint64_t offset; /* of the entry; where only the name is left of it, of its $FILE_NAME */
};

struct hk_ntfs_index_counts {
  uint64_t n_used, n_slack;    /* entries given */
  uint64_t n_blocks, n_empty;  /* blocks looked at; of them never written */
  uint64_t n_free;             /* not in use, by the bitmap */
  uint64_t n_damaged;          /* blocks, or the root, of which something could not be read */
  hk_err damage;               /* the first such, with its offset; code 0 = none */
  uint32_t block_bytes;        /* 0: there is none */
  bool limited;                /* a budget was spent */
  struct hk_ntfs_ref directory;
};

/* Gives every entry in use in the order of the bytes (not of the names), then what slack holds: first entries with their file, then
   names whose file was written over. In slack an entry must be one beyond doubt: this directory as its parent, a name and a namespace
   Windows allows, four times, sizes and attributes that can be. It is given once, and not at all when an entry in use has the same
   name and times (and file, where it is known). `on` returns false to stop.
   A block that is damaged or cannot be read costs itself: counts tell. HK_ABSENT: there is neither a root nor a block. */
hk_err hk_ntfs_index_read(const struct hk_ntfs_index *in, bool (*on)(void *ctx, const struct hk_ntfs_index_entry *e), void *ctx,
                          struct hk_ntfs_index_counts *counts);

/* True when a file begins as $INDEX_ALLOCATION does, or as the $INDEX_ROOT of names. */
bool hk_ntfs_index_is(const void *head, size_t n);

#endif
