/* How a directory's index is named: "C:\Dir:$I30", the root's "C:\:$I30"; as Windows spells it "C:\Dir:$I30:$INDEX_ALLOCATION" (or
   $INDEX_ROOT, $BITMAP). There is no such file in the API. */
#ifndef HK_SOURCE_INDEX_PATH_H
#define HK_SOURCE_INDEX_PATH_H

#include "source/source.h"

enum hk_index_part { HK_INDEX_NONE, HK_INDEX_EITHER, HK_INDEX_BLOCKS, HK_INDEX_ROOT, HK_INDEX_BITMAP };

/* Which part a path names, HK_INDEX_EITHER where it does not say; *folder is the path before it. HK_INDEX_NONE: it names no index. */
enum hk_index_part hk_index_part_of(hk_str path, hk_str *folder);
/* Does any glob ask for indexes, by a last part that ends in ":$I30"? */
bool hk_index_wanted(const struct hk_globs *globs);
/* Of the globs that fit the name of an index, those that ask for indexes (`*:*` does not), as many as there is room for. */
size_t hk_index_hits(const struct hk_globs *globs, const struct hk_hits *hits, uint32_t *out, size_t room);

#endif
