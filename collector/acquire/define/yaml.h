/* YAML files of definitions as small trees, one a document, over libyaml's events. Every node knows its line, so that whoever finds
   fault with it can name the place. Anchors, aliases, tags and merge keys are refused: definitions need none, and an alias can
   make a tree of a few lines endless. */
#ifndef HK_ACQUIRE_DEFINE_YAML_H
#define HK_ACQUIRE_DEFINE_YAML_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

#define HK_YAML_FILE_MAX ((size_t)8 << 20)

enum hk_yaml_kind { HK_YAML_SCALAR, HK_YAML_LIST, HK_YAML_MAP };

struct hk_yaml {
  enum hk_yaml_kind kind;
  unsigned line;             /* from 1 */
  hk_str text;               /* of a scalar; UTF-8 */
  hk_str key;                /* of a member of a map */
  struct hk_yaml *first;     /* of a list or map */
  struct hk_yaml *next;      /* sibling */
};

struct hk_yaml_reader;

/* Borrows the bytes. */
hk_err hk_yaml_open(hk_str bytes, struct hk_yaml_reader **out);
void hk_yaml_close(struct hk_yaml_reader *r);
/* The next document in the arena, NULL at the end. On failure *why (constant or in the arena) and *line say what and where; the
   document after it can be asked for: one that is damaged costs itself. HK_DAMAGED: no YAML; HK_LIMIT: too deep or too much; HK_UNSUPPORTED: as above. */
hk_err hk_yaml_next(struct hk_yaml_reader *r, struct hk_arena *a, struct hk_yaml **out, hk_str *why, unsigned *line);

/* The member of a map; NULL when it is not there or `map` is none. */
const struct hk_yaml *hk_yaml_get(const struct hk_yaml *map, const char *key);
/* The text of a scalar member; "" when it is not there or no scalar. */
hk_str hk_yaml_text(const struct hk_yaml *map, const char *key);
/* "true"/"yes" of a member in any case. */
bool hk_yaml_true(const struct hk_yaml *map, const char *key);

#endif
