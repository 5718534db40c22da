/* Regular expressions of KAPE's file masks: letters, '.', \. and other escaped signs, \d \w \s \b, [sets], (groups|of|choices), * + ? {n} {n,m},
   ^ and $. Case is folded; it is enough that a part of the name fits, as in .NET. No look-around and no back-references. A sign of
   repetition with nothing before it ("*.+\.db") is ignored: published masks have it, and mean "anything". */
#ifndef HK_ACQUIRE_DEFINE_REGEX_H
#define HK_ACQUIRE_DEFINE_REGEX_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

struct hk_regex;

/* HK_UNSUPPORTED or HK_USAGE with *why (constant). */
hk_err hk_regex_make(struct hk_arena *a, hk_str text, const struct hk_regex **out, hk_str *why);
/* Work is bounded by expression times name. */
bool hk_regex_finds(const struct hk_regex *r, hk_str name);

#endif
