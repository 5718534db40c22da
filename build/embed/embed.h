/*
 * Files of the project that travel inside the program: rules, excuses, YARA rules, the report's style sheet and script.
 * build/embed.cmake makes the tables when the program is built; an entry's name is the file's name without its folder,
 * a table is in order of names and ends with an entry whose name is NULL.
 *
 * When raw_size == size, `data` is the file itself. Otherwise it is a zlib stream (RFC 1950) that inflates to exactly
 * raw_size bytes: YARA rules are stored so, or antivirus programs would find their strings in ours.
 */
#ifndef HK_EMBED_H
#define HK_EMBED_H

#include <stddef.h>

struct hk_embed {
  const char *name;
  const unsigned char *data;
  size_t size;
  size_t raw_size;
};

extern const struct hk_embed hk_embed_rules[]; /* collector/answer/rules/ *.sql */
extern const size_t hk_embed_rules_count;
extern const struct hk_embed hk_embed_excuses[]; /* collector/answer/excuses/ *.sql */
extern const size_t hk_embed_excuses_count;
extern const struct hk_embed hk_embed_yara[]; /* yara-rules/ *.yar, compressed */
extern const size_t hk_embed_yara_count;
extern const struct hk_embed hk_embed_collection[]; /* modules/collection/ *.yaml */
extern const size_t hk_embed_collection_count;
extern const struct hk_embed hk_embed_assets[]; /* collector/report/assets/ * */
extern const size_t hk_embed_assets_count;

#endif
