/* The directories of a volume, and nothing else, in memory: enough to give every file its path. */
#ifndef HK_NTFS_TREE_H
#define HK_NTFS_TREE_H

#include "base/arena.h"
#include "base/buf.h"
#include "ntfs/record.h"

#define HK_NTFS_ROOT 5u
#define HK_NTFS_NO_DIRECTORY SIZE_MAX

struct hk_ntfs_directory {
  uint64_t record;
  struct hk_ntfs_ref parent;
  hk_str name; /* UTF-8; empty until a $FILE_NAME was found */
  uint16_t sequence;
  bool in_use;
};

struct hk_ntfs_tree {
  struct hk_arena names;
  struct hk_ntfs_directory *v; /* by record number */
  size_t n, capacity;
};

void hk_ntfs_tree_init(struct hk_ntfs_tree *t);
void hk_ntfs_tree_done(struct hk_ntfs_tree *t);
/* Directories are added in order of their record numbers. */
hk_err hk_ntfs_tree_add(struct hk_ntfs_tree *t, const struct hk_ntfs_directory *d);
/* Its index, or HK_NTFS_NO_DIRECTORY. */
size_t hk_ntfs_tree_find(const struct hk_ntfs_tree *t, uint64_t record);
/* The directory a name's parent reference means: the same use of the record, or its deleted remains. */
size_t hk_ntfs_tree_parent(const struct hk_ntfs_tree *t, struct hk_ntfs_ref parent);

/* Appends "\a\b" for the directory with that index ("" for the root). A chain that ends nowhere, or in itself, begins with
   "\$OrphanFiles" and gives false. */
bool hk_ntfs_tree_path(const struct hk_ntfs_tree *t, size_t directory, struct hk_buf *out);

/* A file name as UTF-8. Separators, ':' and NUL, which only other systems write into names, become U+FFFD, so that no name
   passes for a path or a stream. */
void hk_ntfs_name_utf8(struct hk_cur utf16, struct hk_buf *out);

#endif
