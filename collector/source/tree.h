/* Walking a file system for many globs at once. Shared by the directory source and the live source. */
#ifndef HK_SOURCE_TREE_H
#define HK_SOURCE_TREE_H

#include "source/source.h"

struct hk_volume {
  hk_str name;     /* "C:", or "state:" for what Windows was asked (source.h) */
  hk_str root;     /* os path of its root directory */
  bool escaped;    /* names on disk are percent-escaped (a Velociraptor tree) */
};

struct hk_tree {
  struct hk_source source;
  struct hk_arena arena;
  struct hk_volume volumes[27];
  size_t n_volumes;
  /* A copied tree: its times of birth, change and access are those of the copy, not of the evidence, and are left out. */
  bool is_copy;
};

/* Fills the operations of a tree source; volumes are added by the caller. */
void hk_tree_init(struct hk_tree *t, const struct hk_source_ops *ops);
/* The first of a name counts. */
void hk_tree_add(struct hk_tree *t, hk_str name, hk_str root, bool escaped);
void hk_tree_add_drive(struct hk_tree *t, char letter, hk_str root, bool escaped);

hk_err hk_tree_find(struct hk_source *s, const struct hk_globs *globs, const struct hk_finder *finder);
hk_err hk_tree_open(struct hk_source *s, hk_str path, struct hk_stream **out);
hk_err hk_tree_stat(struct hk_source *s, hk_str path, struct hk_arena *a, struct hk_entry *out);
hk_err hk_tree_owner(struct hk_source *s, hk_str path, struct hk_arena *a, hk_str *sid);
void hk_tree_close(struct hk_source *s);

/* What the system said of a file, as the source says it. */
struct os_info;
struct hk_entry hk_tree_entry(const struct hk_tree *t, const struct os_info *info, hk_str path);

/* Is the folder walked into? Not when it stands for another place, nor when listing it would ask the cloud. A OneDrive
   folder is a reparse point of neither kind: Desktop and Documents are often in one. */
bool hk_tree_enters(const struct os_info *folder);

/* A name of an escaped tree as it was; as it is where there is no memory. */
hk_str hk_unescape(struct hk_arena *a, hk_str name);

#endif
