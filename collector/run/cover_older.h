/* Coverage of shadow copies: one row each. See hk_cover_shadows in run/cover.h. */
#ifndef HK_RUN_COVER_OLDER_H
#define HK_RUN_COVER_OLDER_H

#include "answer/facts.h"
#include "source/source.h"

struct hk_cover_older;
struct hk_cover_older *hk_cover_older_open(void); /* NULL: no memory */
void hk_cover_older_close(struct hk_cover_older *o);
bool hk_cover_is_older(hk_str path);
/* A file of a shadow copy, or a folder, was looked at, and how that went; a file whose bytes were known. */
hk_err hk_cover_older(struct hk_cover_older *o, hk_str path, hk_err e, uint64_t n_notes, hk_str why);
void hk_cover_older_same(struct hk_cover_older *o, hk_str path);
hk_err hk_cover_older_rows(const struct hk_cover_older *o, struct hk_facts *f, struct hk_source *s);

#endif
