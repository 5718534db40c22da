/* A registry hive through libregf: opened over the item's bytes, keys by path, values as what they are. Every object the
   library made is freed by hive_close or key_done. */
#ifndef REGISTRY_HIVE_H
#define REGISTRY_HIVE_H

#include <libregf.h>

#include "lib/yal.h"
#include "module.h"

enum hive_kind {
  HIVE_OTHER,
  HIVE_SYSTEM,
  HIVE_SOFTWARE,
  HIVE_SAM,
  HIVE_SECURITY,
  HIVE_USER,      /* NTUSER.DAT, and DEFAULT: the user SYSTEM's */
  HIVE_CLASSES,   /* UsrClass.dat */
  HIVE_AMCACHE,
  HIVE_BCD,
  HIVE_KIND_COUNT
};

struct hive {
  struct hk_item *item;
  struct hk_arena *arena;
  struct hk_bfio io;
  libregf_file_t *file;
  libregf_key_t *root;
  enum hive_kind kind;
  hk_str user;         /* of a user's hive: SID, or "name:利用者"; "" when it cannot be told */
  hk_str profile;      /* folder of the profile without a last backslash; "" when it cannot be told */
  /* Of the header (libyal, "Windows NT Registry File (REGF)", file header). */
  hk_str header_name;
  hk_time written_at;
  uint32_t sequence_1, sequence_2, major, minor;
  uint64_t bins_size_bytes;
  bool dirty, checksum_wrong;
};

/* A value as far as anybody asks: p is NULL in `text` when it is no text. */
struct value {
  hk_str name;
  uint32_t type;         /* REG_* */
  const uint8_t *data;   /* at most VALUE_LIMIT bytes */
  size_t n_data;
  bool cut;              /* there was more */
};
enum { VALUE_LIMIT = 1024 * 1024 };

const char *hive_kind_name(enum hive_kind k);
const char *hive_type_name(uint32_t type);

/* Reads the header, opens the hive, finds out what it is. What was opened is closed by hive_close in any case. */
hk_err hive_open(struct hive *h, struct hk_item *item);
void hive_close(struct hive *h);

/* The key at a path below the root ("Microsoft\\Windows NT\\CurrentVersion"), NULL when there is none. */
libregf_key_t *hive_key(struct hive *h, const char *path);
/* The key below `parent`; NULL when there is none. */
libregf_key_t *key_sub(struct hive *h, libregf_key_t *parent, const char *name);
void key_done(libregf_key_t **k);
hk_str key_name(struct hive *h, libregf_key_t *k);
hk_time key_written(libregf_key_t *k);
int key_n_subs(libregf_key_t *k);
int key_n_values(libregf_key_t *k);
/* NULL when it cannot be read; then it is noted. */
libregf_key_t *key_sub_at(struct hive *h, libregf_key_t *k, int index);
/* False when it cannot be read; then it is noted. */
bool key_value_at(struct hive *h, libregf_key_t *k, int index, struct value *out);
/* False when there is none or it cannot be read. */
bool key_value(struct hive *h, libregf_key_t *k, const char *name, struct value *out);

/* REG_SZ and REG_EXPAND_SZ as text up to the first NUL; {NULL,0} for anything else. */
hk_str value_text(struct hive *h, const struct value *v);
/* Any value as text: strings as they are, MULTI_SZ joined by " | ", numbers in decimal, the rest in hex (cut at 256 bytes). */
hk_str value_shown(struct hive *h, const struct value *v);
/* DWORD, big-endian DWORD, QWORD; HK_NO_INT for anything else. */
int64_t value_number(const struct value *v);
/* Short cuts. */
hk_str key_text(struct hive *h, libregf_key_t *k, const char *name);
int64_t key_number(struct hive *h, libregf_key_t *k, const char *name);

/* hk_cover with the hive's last write as the end, or `newest` where that is later: a dirty hive's header is old. */
void hive_cover(struct hive *h, const struct hk_kind *kind, hk_str instance, hk_time lo, hk_time newest);

/* Visits every key of the hive, without recursion. n_* are right as far as the walk came. */
hk_err hive_count(struct hive *h, uint64_t *n_keys, uint64_t *n_values);

#endif
