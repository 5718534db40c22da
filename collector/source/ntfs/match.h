/* Many globs against the files of one volume in the order of the $MFT: what may still match in a directory is worked out once
   a directory, so that a file costs only the globs that are alive where it lies. */
#ifndef HK_SOURCE_NTFS_MATCH_H
#define HK_SOURCE_NTFS_MATCH_H

#include "ntfs/tree.h"
#include "source/source.h"

struct hk_ntfs_match;

/* Borrows globs and tree. HK_USAGE: too many globs or a glob of too many parts. */
hk_err hk_ntfs_match_open(const struct hk_globs *globs, const struct hk_ntfs_tree *tree, char letter, struct hk_ntfs_match **out);
void hk_ntfs_match_close(struct hk_ntfs_match *m);
/* Which globs name the file `name` ("x.txt", "x.txt:stream") in that directory. False: none does. A link is nothing of its own to
   a glob with `**`, which meets its target where it lies. */
bool hk_ntfs_match_file(struct hk_ntfs_match *m, size_t directory, hk_str name, bool is_link, bool *matched);

#endif
