/* Where evidence stands in the archive: Velociraptor's collection layout, uploads/auto/C%3A/<path>, each component escaped
   so that no unzip can misuse it and so that decoding every %XX gives the component back. README.md has the rules.

   Names that cannot stand as they are (two that differ in case only, longer than 255 bytes, "." and "..") are renamed;
   the manifest has the true path beside every name. */
#ifndef HK_STORE_LAYOUT_H
#define HK_STORE_LAYOUT_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

struct layout;

hk_err layout_open(struct layout **out);
void layout_close(struct layout *l); /* NULL is fine */

struct layout_place {
  hk_str name;          /* zip entry name */
  const hk_str *parts;  /* its components decoded: "uploads", "auto", "C:", … */
  size_t n_parts;
  hk_str index;         /* of a sparse file: the name of its index; else empty */
  bool renamed;         /* decoding the name does not give the path back */
};

/* The place of one more evidence path (two calls with one path give two places). In the arena. A sparse file has a second
   name, for its index, and both are free. */
hk_err layout_place(struct layout *l, struct hk_arena *a, hk_str path, bool sparse, struct layout_place *out);
/* A file of our own keeps its name: ASCII and harmless, else HK_USAGE; so is a name that exists already. */
hk_err layout_own(struct layout *l, hk_str name);
/* A name from another archive, to be kept as it is: HK_USAGE when it is there already, HK_REFUSED when an unzip could be
   misled by it (absolute, "..", backslash, drive, control characters). */
hk_err layout_keep(struct layout *l, hk_str name);
bool layout_has_file(const struct layout *l, hk_str name);

/* Calls `on` for each folder above the entry that was not made before, outermost first, name ending in '/'. */
hk_err layout_folders(struct layout *l, hk_str name, hk_err (*on)(void *ctx, hk_str folder), void *ctx);

/* Escapes one component; hk_percent_decode reverses it. */
hk_str layout_escape(struct hk_arena *a, hk_str component);
/* "uploads/auto/C%3A/Users/…" to "C:\Users\…"; {NULL,0} when it is no upload. */
hk_str layout_evidence_path(struct hk_arena *a, hk_str entry_name);

#endif
