/* Folders that the journal names, by their reference: as much of a path as the journal alone can tell. */
#ifndef HK_MODULES_USN_FOLDERS_H
#define HK_MODULES_USN_FOLDERS_H

#include "base/arena.h"
#include "base/buf.h"

#define USN_FOLDERS_MAX ((size_t)1 << 20)

struct usn_folder {
  uint64_t reference; /* 0 = free place */
  uint64_t parent;
  hk_str name;
};

struct usn_folders {
  struct hk_arena *arena;
  struct usn_folder *v; /* open addressing */
  size_t n, room;
  bool limited;
};

void usn_folders_init(struct usn_folders *f, struct hk_arena *a);
/* Sets name and parent. `keep` leaves what is known already. */
void usn_folders_put(struct usn_folders *f, uint64_t reference, uint64_t parent, hk_str name, bool keep);
/* Appends "\a\b" of the folder; false, and what is known behind "\…", when the chain does not reach the root. */
bool usn_folders_path(const struct usn_folders *f, uint64_t reference, struct hk_buf *out);

#endif
