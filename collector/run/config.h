/* Settings that come with the program: a block at the end of its own file (`hikeshi embed` puts it there), and hikeshi.conf
   beside it. Both hold lines `key = value`, keys being option names without their dashes. */
#ifndef HK_RUN_CONFIG_H
#define HK_RUN_CONFIG_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

#define HK_CONFIG_NAME "hikeshi.conf"
#define HK_CONFIG_LIMIT ((size_t)64 * 1024) /* of the text */
#define HK_CONFIG_TAIL (2 * HK_CONFIG_LIMIT) /* of a program, where its block is looked for: a signature may lie behind it */

/* The block in the last bytes of a program. HK_ABSENT when there is none, HK_DAMAGED when it is not whole: then nobody knows
   what was asked for. *at is where it begins. */
hk_err hk_config_find(const uint8_t *tail, size_t n, hk_str *text, size_t *at);
/* Appends a block with that text. */
void hk_config_put(struct hk_buf *out, hk_str text);

/* One line after the other. True with key and value (both trimmed); a key alone has the value "yes". */
struct hk_config_reader {
  hk_str left;
  size_t line;  /* of what was given last, from 1 */
  bool bad;     /* the line has no key */
};
bool hk_config_next(struct hk_config_reader *r, hk_str *key, hk_str *value);

/* Of the running program. HK_ABSENT when there is none. */
hk_err hk_config_embedded(struct hk_arena *a, hk_str *text);
hk_err hk_config_beside(struct hk_arena *a, hk_str *text);
/* A file of settings. HK_LIMIT when it is too large, HK_DAMAGED when it is no text. */
hk_err hk_config_file(struct hk_arena *a, hk_str path, hk_str *text);
/* The last bytes of a program and where they begin. */
hk_err hk_config_tail(struct hk_arena *a, hk_str program, const uint8_t **tail, size_t *n, uint64_t *from);

#endif
