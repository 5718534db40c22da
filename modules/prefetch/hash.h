/* The number in a prefetch file's name. */
#ifndef HK_MODULES_PREFETCH_HASH_H
#define HK_MODULES_PREFETCH_HASH_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

enum prefetch_hash_kind { PREFETCH_HASH_XP, PREFETCH_HASH_VISTA, PREFETCH_HASH_2008 };

/* True when the path hashes to `expected` in the way of any Windows that writes this format version. */
bool prefetch_hash_matches(struct hk_arena *a, uint32_t format_version, hk_str path, uint32_t expected);

#endif
