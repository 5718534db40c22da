/* Our own YARA rules (yara-rules/), as they travel in the program, over bytes in memory.

   The rules are compiled at the first scan of a process and kept until it ends: the one piece of state that outlives an
   item. It depends on the rules alone, never on evidence, so the same bytes give the same hits whatever came before. */
#ifndef HK_MODULES_LIB_YARA_RULES_H
#define HK_MODULES_LIB_YARA_RULES_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* A rule that matched; strings live as long as the process and are "" where the rule has no such meta. */
struct yara_hit {
  const char *file; /* "ransom_signs": the rule file without ".yar" */
  const char *rule; /* identifier */
  const char *kind; /* meta kind, group, family, language */
  const char *group;
  const char *family;
  const char *language;
  int64_t weight;  /* meta weight, 0 */
  int64_t certain; /* meta certain, 0 */
};

/* Calls on_hit for every matching rule, in the order of the rule files. HK_TIMEOUT when the scan took longer than
   timeout_s; HK_LIMIT when libyara gave up on one string's matches; HK_REFUSED when a rule file does not compile;
   HK_MEMORY. Hits reported before an error stand. */
hk_err yara_rules_scan(const void *p, size_t n, int timeout_s, void (*on_hit)(void *ctx, const struct yara_hit *hit),
                       void *ctx);

#endif
