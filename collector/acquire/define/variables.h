/* Variables of paths in definitions: "%%users.appdata%%", "%ProgramData%". A path becomes several globs: Windows may lie on any local
   volume, an earlier one in \Windows.old, and every folder of profiles is a user. */
#ifndef HK_ACQUIRE_DEFINE_VARIABLES_H
#define HK_ACQUIRE_DEFINE_VARIABLES_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

struct hk_str_list {
  hk_str *v;
  size_t n, capacity;
};
bool hk_str_list_add(struct hk_arena *a, struct hk_str_list *l, hk_str s);

/* Adds the globs of a path to the list. HK_UNSUPPORTED: a variable that is not known, *why names it. HK_USAGE: no path. */
hk_err hk_path_expand(struct hk_arena *a, hk_str path, struct hk_str_list *out, hk_str *why);
/* The hive files (and their logs) that hold a registry key, as globs. HK_UNSUPPORTED: the key is in no file, or no key. */
hk_err hk_hives_of_key(struct hk_arena *a, hk_str key, struct hk_str_list *out);

#endif
