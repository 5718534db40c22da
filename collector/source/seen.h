/* Paths that were met already, and those that differ in case only. Kept as digests: the paths themselves are the plan's. */
#ifndef HK_SOURCE_SEEN_H
#define HK_SOURCE_SEEN_H

#include <stdbool.h>

#include "base/err.h"
#include "base/str.h"

struct hk_seen;

hk_err hk_seen_open(struct hk_seen **out);
void hk_seen_close(struct hk_seen *s); /* NULL is fine */
/* *is_new: the path, byte for byte, was not there yet. */
hk_err hk_seen_add(struct hk_seen *s, hk_str path, bool *is_new);
/* Was this path met, byte for byte? */
bool hk_seen_has(const struct hk_seen *s, hk_str path);
/* Was another path met that differs from this one in case only? */
bool hk_seen_is_twin(const struct hk_seen *s, hk_str path);

#endif
