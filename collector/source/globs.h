/* Many path globs at once, as one tree of their parts: what many definitions have in common ("C:\Users\*\AppData") is asked
   once, and a name that is spelled out is found by one look-up, so thousands of globs cost little more than a few.
   Parts: `*` and `?` within one name, `**` any folders or none, `**3` at most three. Case is folded, '\' and '/' are the same.
   A part without ':' never names a stream. */
#ifndef HK_SOURCE_GLOBS_H
#define HK_SOURCE_GLOBS_H

#include "source/source.h"

struct hk_glob_set;
/* What may still match below a folder. The same content is the same pointer; it lives as long as the set. */
struct hk_glob_state;

/* Copies what it needs of the globs. HK_USAGE: too many globs, or a glob of too many parts. */
hk_err hk_glob_set_open(const struct hk_globs *globs, struct hk_glob_set **out);
void hk_glob_set_close(struct hk_glob_set *s);

/* Before the first part of a path (the drive). */
const struct hk_glob_state *hk_glob_start(const struct hk_glob_set *s);
/* Behind one more folder. NULL: the tree made more states than there is memory for. */
const struct hk_glob_state *hk_glob_enter(struct hk_glob_set *s, const struct hk_glob_state *from, hk_str name);
/* Nothing can match below. */
bool hk_glob_dead(const struct hk_glob_state *state);
/* Which globs name the file "x.txt" or "x.txt:stream" in the folder of that state; valid until the set is asked again. A link is
   nothing of its own to a glob with `**`, which meets its target where it lies. */
struct hk_hits hk_glob_file(struct hk_glob_set *s, const struct hk_glob_state *in, hk_str name, bool is_link);
/* Does some glob name a stream of that file? */
bool hk_glob_wants_streams(struct hk_glob_set *s, const struct hk_glob_state *in, hk_str name);
/* A whole path from the drive on. *out is valid until the set is asked again. HK_LIMIT as above. */
hk_err hk_glob_path(struct hk_glob_set *s, hk_str path, struct hk_hits *out);

#endif
