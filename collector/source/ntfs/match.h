/* Many globs (source/globs.h) against the files of one volume in the order of the $MFT: what may still match in a directory is
   worked out once a directory. */
#ifndef HK_SOURCE_NTFS_MATCH_H
#define HK_SOURCE_NTFS_MATCH_H

#include "ntfs/tree.h"
#include "source/globs.h"

struct hk_ntfs_match;

/* Borrows the tree. HK_USAGE: too many globs or a glob of too many parts. */
hk_err hk_ntfs_match_open(const struct hk_globs *globs, const struct hk_ntfs_tree *tree, char letter, struct hk_ntfs_match **out);
void hk_ntfs_match_close(struct hk_ntfs_match *m);
/* Which globs name the file `name` ("x.txt", "x.txt:stream") in that directory; as hk_glob_file. */
struct hk_hits hk_ntfs_match_file(struct hk_ntfs_match *m, size_t directory, hk_str name, bool is_link);
/* Some directories were not matched: there is no memory for so many different ones. */
bool hk_ntfs_match_limited(const struct hk_ntfs_match *m);

#endif
