/* Registry hives through libregf; see hive.h. */
#include "hive.h"

#include <string.h>

enum {
  HEADER_SIZE = 512,
  NAME_LIMIT = 64 * 1024,
  DEPTH_LIMIT = 512, /* Windows allows 512 levels */
  KEY_MIN = 80,      /* bytes of the smallest key cell */
  VALUE_MIN = 24,
};

const char *hive_kind_name(enum hive_kind k)
{
  static const char *const names[] = {
    [HIVE_OTHER] = "other", [HIVE_SYSTEM] = "SYSTEM", [HIVE_SOFTWARE] = "SOFTWARE", [HIVE_SAM] = "SAM",
    [HIVE_SECURITY] = "SECURITY", [HIVE_USER] = "NTUSER", [HIVE_CLASSES] = "UsrClass", [HIVE_AMCACHE] = "Amcache",
    [HIVE_BCD] = "BCD",
  };
  return k < HIVE_KIND_COUNT ? names[k] : "other";
}

const char *hive_type_name(uint32_t type)
{
  static const char *const names[] = {"REG_NONE", "REG_SZ", "REG_EXPAND_SZ", "REG_BINARY", "REG_DWORD", "REG_DWORD_BIG_ENDIAN",
                                      "REG_LINK", "REG_MULTI_SZ", "REG_RESOURCE_LIST", "REG_FULL_RESOURCE_DESCRIPTOR",
                                      "REG_RESOURCE_REQUIREMENTS_LIST", "REG_QWORD"};
  return type < sizeof names / sizeof names[0] ? names[type] : "unknown";
}

/* ---- opening ------------------------------------------------------------------------------------------------------------- */

static hk_err read_header(struct hive *h)
{
  struct hk_bytes *b = hk_item_bytes(h->item);
  uint8_t raw[HEADER_SIZE];
  size_t got = 0;
  HK_TRY(b->read_at(b, 0, raw, sizeof raw, &got));
  if (got < 4 || memcmp(raw, "regf", 4) != 0) return hk_fail(HK_UNSUPPORTED, "recognise hive", 0);
  if (got < sizeof raw) return hk_fail(HK_TRUNCATED, "read hive header", (int64_t)got);
  struct hk_cur c = hk_cur_over(raw, sizeof raw);
  hk_skip(&c, 4);
  h->sequence_1 = hk_u32le(&c);
  h->sequence_2 = hk_u32le(&c);
  h->written_at = hk_time_from_filetime(hk_u64le(&c));
  h->major = hk_u32le(&c);
  h->minor = hk_u32le(&c);
  const uint32_t type = hk_u32le(&c);
  hk_seek(&c, 40);
  h->bins_size_bytes = hk_u32le(&c);
  h->header_name = hk_str_from_utf16le_z(h->arena, raw + 48, 64);
  hk_seek(&c, 508);
  const uint32_t checksum = hk_u32le(&c);
  uint32_t sum = 0;
  struct hk_cur words = hk_cur_over(raw, 508);
  for (int i = 0; i < 127; i++) sum ^= hk_u32le(&words);
  if (sum == UINT32_MAX) sum = UINT32_MAX - 1;
  if (sum == 0) sum = 1;
  h->checksum_wrong = sum != checksum;
  h->dirty = h->sequence_1 != h->sequence_2;
  /* 1, 2 and 6 are transaction logs: collected, not parsed. */
  if (type != 0) return hk_fail(HK_UNSUPPORTED, "read hive type", 28);
  if (h->major != 1) return hk_fail(HK_UNSUPPORTED, "read hive version", 20);
  return hk_ok();
}

static bool has(struct hive *h, const char *path)
{
  libregf_key_t *k = hive_key(h, path);
  const bool there = k != NULL;
  key_done(&k);
  return there;
}

/* HKCU\Software has a key of this name too, but neither of these in it. */
static bool is_software(struct hive *h)
{
  libregf_key_t *k = hive_key(h, "Microsoft\\Windows NT\\CurrentVersion");
  if (k == NULL) return false;
  struct value v;
  const bool yes = key_value(h, k, "ProductName", &v) || has(h, "Microsoft\\Windows NT\\CurrentVersion\\ProfileList");
  key_done(&k);
  return yes;
}

/* By what stands in the hive: a name can be anything, and a copy often is. */
static enum hive_kind kind_of(struct hive *h)
{
  if (has(h, "Select") && (has(h, "ControlSet001") || has(h, "ControlSet002"))) return HIVE_SYSTEM;
  if (is_software(h)) return HIVE_SOFTWARE;
  if (has(h, "SAM\\Domains")) return HIVE_SAM;
  if (has(h, "Policy\\Accounts") || has(h, "Policy\\PolAdtEv")) return HIVE_SECURITY;
  if (has(h, "Root\\InventoryApplicationFile") || has(h, "Root\\File")) return HIVE_AMCACHE;
  if (has(h, "Objects") && has(h, "Description")) return HIVE_BCD;
  if (has(h, "Software") && (has(h, "Control Panel") || has(h, "Environment") || has(h, "Software\\Microsoft"))) return HIVE_USER;
  if (has(h, "Local Settings")) return HIVE_CLASSES;
  return HIVE_OTHER;
}

static hk_str folder_of(hk_str path)
{
  const size_t a = hk_str_rfind(path, '\\'), b = hk_str_rfind(path, '/');
  if (a >= path.n && b >= path.n) return (hk_str){.p = path.p, .n = 0};
  const size_t at = a >= path.n ? b : b >= path.n ? a : a > b ? a : b;
  return hk_str_sub(path, 0, at);
}

static hk_str last_part(hk_str path)
{
  const hk_str folder = folder_of(path);
  return folder.n == 0 ? path : hk_str_sub(path, folder.n + 1, path.n);
}

/* NTUSER.DAT does not name its user; its folder does. The accounts of Windows itself have fixed SIDs. */
static void find_user(struct hive *h)
{
  const hk_str path = hk_item_info(h->item)->path;
  hk_str folder = folder_of(path);
  h->user = HK_S("");
  h->profile = HK_S("");
  if (h->kind != HIVE_USER && h->kind != HIVE_CLASSES) return;
  if (hk_str_iends(path, HK_S("\\config\\DEFAULT")) || hk_str_iends(folder, HK_S("\\config\\systemprofile"))) {
    h->user = HK_S("S-1-5-18");
    return;
  }
  static const char *const below[] = {"\\AppData\\Local\\Microsoft\\Windows",
                                      "\\Local Settings\\Application Data\\Microsoft\\Windows"};
  for (size_t i = 0; i < sizeof below / sizeof below[0]; i++)
    if (hk_str_iends(folder, hk_str_of(below[i]))) folder = hk_str_sub(folder, 0, folder.n - strlen(below[i]));
  if (hk_str_iends(folder, HK_S("\\ServiceProfiles\\LocalService"))) h->user = HK_S("S-1-5-19");
  else if (hk_str_iends(folder, HK_S("\\ServiceProfiles\\NetworkService"))) h->user = HK_S("S-1-5-20");
  const hk_str users = last_part(folder_of(folder));
  if (!hk_str_ieq(users, HK_S("Users")) && !hk_str_ieq(users, HK_S("Documents and Settings")) && h->user.n == 0) return;
  h->profile = folder;
  const hk_str name = last_part(folder);
  if (h->user.n == 0 && name.n > 0) h->user = hk_str_printf(h->arena, "name:%.*s", (int)name.n, name.p);
}

hk_err hive_open(struct hive *h, struct hk_item *item)
{
  *h = (struct hive){.item = item, .arena = hk_item_arena(item)};
  libregf_error_t *error = NULL;
  HK_TRY(read_header(h));
  HK_TRY(hk_bfio_open(&h->io, h->arena, hk_item_bytes(item), 0));
  if (libregf_file_initialize(&h->file, &error) != 1) return hk_yal_fail(&h->io, &error, "start hive reader", HK_NO_OFFSET);
  if (libregf_file_open_file_io_handle(h->file, h->io.handle, LIBREGF_OPEN_READ, &error) != 1)
    return hk_yal_fail(&h->io, &error, "open hive", HK_NO_OFFSET);
  if (libregf_file_get_root_key(h->file, &h->root, &error) != 1)
    return hk_yal_fail(&h->io, &error, "read root key", HK_NO_OFFSET);
  h->kind = kind_of(h);
  find_user(h);
  return hk_ok();
}

void hive_close(struct hive *h)
{
  key_done(&h->root);
  if (h->file != NULL) {
    (void)libregf_file_close(h->file, NULL);
    (void)libregf_file_free(&h->file, NULL);
  }
  hk_bfio_close(&h->io);
}

/* ---- keys ----------------------------------------------------------------------------------------------------------------- */

libregf_key_t *key_sub(struct hive *h, libregf_key_t *parent, const char *name)
{
  libregf_key_t *k = NULL;
  libregf_error_t *error = NULL;
  (void)h;
  if (libregf_key_get_sub_key_by_utf8_name(parent, (const uint8_t *)name, strlen(name), &k, &error) != 1) {
    hk_yal_forget(&error);
    key_done(&k);
  }
  return k;
}

libregf_key_t *hive_key(struct hive *h, const char *path)
{
  libregf_key_t *k = NULL;
  libregf_error_t *error = NULL;
  if (h->root == NULL) return NULL;
  if (libregf_key_get_sub_key_by_utf8_path(h->root, (const uint8_t *)path, strlen(path), &k, &error) != 1) {
    hk_yal_forget(&error);
    key_done(&k);
  }
  return k;
}

void key_done(libregf_key_t **k)
{
  if (*k != NULL) (void)libregf_key_free(k, NULL);
  *k = NULL;
}

hk_str key_name(struct hive *h, libregf_key_t *k)
{
  size_t size = 0;
  if (libregf_key_get_utf8_name_size(k, &size, NULL) != 1 || size == 0 || size > NAME_LIMIT) return HK_S("");
  char *p = hk_alloc(h->arena, size);
  if (p == NULL || libregf_key_get_utf8_name(k, (uint8_t *)p, size, NULL) != 1) return HK_S("");
  return hk_str_clean(h->arena, (hk_str){.p = p, .n = size - 1});
}

hk_time key_written(libregf_key_t *k)
{
  uint64_t t = 0;
  if (k == NULL || libregf_key_get_last_written_time(k, &t, NULL) != 1) return HK_TIME_UNKNOWN;
  return hk_time_from_filetime(t);
}

int key_n_subs(libregf_key_t *k)
{
  int n = 0;
  return libregf_key_get_number_of_sub_keys(k, &n, NULL) == 1 && n > 0 ? n : 0;
}

int key_n_values(libregf_key_t *k)
{
  int n = 0;
  return libregf_key_get_number_of_values(k, &n, NULL) == 1 && n > 0 ? n : 0;
}

libregf_key_t *key_sub_at(struct hive *h, libregf_key_t *k, int index)
{
  libregf_key_t *sub = NULL;
  libregf_error_t *error = NULL;
  if (libregf_key_get_sub_key_by_index(k, index, &sub, &error) == 1) return sub;
  hk_note(h->item, hk_yal_fail(&h->io, &error, "read key", HK_NO_OFFSET));
  key_done(&sub);
  return NULL;
}

/* ---- values --------------------------------------------------------------------------------------------------------------- */

static hk_err read_value(struct hive *h, libregf_value_t *v, struct value *out)
{
  libregf_error_t *error = NULL;
  size_t size = 0;
  *out = (struct value){.name = HK_S("")};
  if (libregf_value_get_utf8_name_size(v, &size, NULL) == 1 && size > 1 && size <= NAME_LIMIT) {
    char *p = hk_alloc(h->arena, size);
    if (p == NULL) return hk_fail(HK_MEMORY, "read value name", HK_NO_OFFSET);
    if (libregf_value_get_utf8_name(v, (uint8_t *)p, size, &error) != 1)
      return hk_yal_fail(&h->io, &error, "read value name", HK_NO_OFFSET);
    out->name = hk_str_clean(h->arena, (hk_str){.p = p, .n = size - 1});
  }
  if (libregf_value_get_value_type(v, &out->type, &error) != 1)
    return hk_yal_fail(&h->io, &error, "read value type", HK_NO_OFFSET);
  if (libregf_value_get_value_data_size(v, &size, &error) != 1)
    return hk_yal_fail(&h->io, &error, "read value size", HK_NO_OFFSET);
  if (size == 0) return hk_ok();
  /* The library hands out whole values only; a size is a claim until the data came. */
  if (size > h->io.size_bytes) return hk_fail(HK_DAMAGED, "read value size", HK_NO_OFFSET);
  if (size > VALUE_LIMIT) {
    out->cut = true;
    return hk_ok();
  }
  uint8_t *p = hk_alloc(h->arena, size);
  if (p == NULL) return hk_fail(HK_MEMORY, "read value data", HK_NO_OFFSET);
  if (libregf_value_get_value_data(v, p, size, &error) != 1)
    return hk_yal_fail(&h->io, &error, "read value data", HK_NO_OFFSET);
  out->data = p;
  out->n_data = size;
  return hk_ok();
}

bool key_value_at(struct hive *h, libregf_key_t *k, int index, struct value *out)
{
  libregf_value_t *v = NULL;
  libregf_error_t *error = NULL;
  hk_err e = hk_ok();
  if (libregf_key_get_value_by_index(k, index, &v, &error) != 1) e = hk_yal_fail(&h->io, &error, "read value", HK_NO_OFFSET);
  else e = read_value(h, v, out);
  if (v != NULL) (void)libregf_value_free(&v, NULL);
  if (e.code != HK_OK) hk_note(h->item, e);
  return e.code == HK_OK;
}

bool key_value(struct hive *h, libregf_key_t *k, const char *name, struct value *out)
{
  libregf_value_t *v = NULL;
  libregf_error_t *error = NULL;
  if (libregf_key_get_value_by_utf8_name(k, (const uint8_t *)name, strlen(name), &v, &error) != 1) {
    hk_yal_forget(&error);
    return false;
  }
  const hk_err e = read_value(h, v, out);
  if (v != NULL) (void)libregf_value_free(&v, NULL);
  if (e.code != HK_OK) hk_note(h->item, e);
  return e.code == HK_OK;
}

hk_str value_text(struct hive *h, const struct value *v)
{
  if (v->type != 1 && v->type != 2) return (hk_str){0};
  if (v->data == NULL) return HK_S("");
  return hk_str_from_utf16le_z(h->arena, v->data, v->n_data);
}

int64_t value_number(const struct value *v)
{
  struct hk_cur c = hk_cur_over(v->data, v->n_data);
  if (v->type == 4 && v->n_data == 4) return (int64_t)hk_u32le(&c);
  if (v->type == 5 && v->n_data == 4) return (int64_t)hk_u32be(&c);
  if (v->type == 11 && v->n_data == 8) {
    const uint64_t q = hk_u64le(&c);
    return q <= INT64_MAX ? (int64_t)q : HK_NO_INT;
  }
  return HK_NO_INT;
}

/* The strings of a REG_MULTI_SZ, joined; the last, empty one ends the list. */
static hk_str multi_shown(struct hive *h, const struct value *v)
{
  hk_str all = HK_S("");
  size_t from = 0;
  for (size_t i = 0; i + 1 < v->n_data; i += 2) {
    if (v->data[i] != 0 || v->data[i + 1] != 0) continue;
    if (i == from) break;
    const hk_str one = hk_str_from_utf16le(h->arena, v->data + from, i - from);
    all = all.n == 0 ? one : hk_str_printf(h->arena, "%.*s | %.*s", (int)all.n, all.p, (int)one.n, one.p);
    from = i + 2;
    if (all.p == NULL || all.n > 64 * 1024) break;
  }
  return all;
}

hk_str value_shown(struct hive *h, const struct value *v)
{
  static const char digits[] = "0123456789abcdef";
  if (v->type == 1 || v->type == 2) return value_text(h, v);
  if (v->type == 7) return multi_shown(h, v);
  const int64_t number = value_number(v);
  if (number != HK_NO_INT) return hk_str_printf(h->arena, "%lld", (long long)number);
  const size_t n = v->n_data < 256 ? v->n_data : 256;
  char *p = hk_alloc(h->arena, n * 2 + 1);
  if (p == NULL) return (hk_str){0};
  for (size_t i = 0; i < n; i++) {
    p[2 * i] = digits[v->data[i] >> 4];
    p[2 * i + 1] = digits[v->data[i] & 15];
  }
  return (hk_str){.p = p, .n = n * 2};
}

hk_str key_text(struct hive *h, libregf_key_t *k, const char *name)
{
  struct value v;
  return k != NULL && key_value(h, k, name, &v) ? value_text(h, &v) : (hk_str){0};
}

int64_t key_number(struct hive *h, libregf_key_t *k, const char *name)
{
  struct value v;
  return k != NULL && key_value(h, k, name, &v) ? value_number(&v) : HK_NO_INT;
}

void hive_cover(struct hive *h, const struct hk_kind *kind, hk_str instance, hk_time lo, hk_time newest)
{
  hk_time hi = h->written_at > newest ? h->written_at : newest;
  if (hi < lo) hi = lo;
  hk_cover(h->item, kind, instance, lo, hi, false, "");
}

/* ---- counting all ------------------------------------------------------------------------------------------------------------ */

struct level {
  libregf_key_t *key;
  int next, n;
};

static void count_values(struct hive *h, libregf_key_t *k, uint64_t *n_values, uint64_t budget)
{
  const int n = key_n_values(k);
  if ((uint64_t)n > budget) hk_note(h->item, hk_fail(HK_DAMAGED, "count values", HK_NO_OFFSET));
  else *n_values += (uint64_t)n;
}

hk_err hive_count(struct hive *h, uint64_t *n_keys, uint64_t *n_values)
{
  struct level *stack = hk_new(h->arena, struct level, DEPTH_LIMIT);
  if (stack == NULL) return hk_fail(HK_MEMORY, "walk keys", HK_NO_OFFSET);
  /* A key takes at least KEY_MIN bytes: more keys than fit means that a damaged list leads back to where we were. */
  const uint64_t key_budget = h->io.size_bytes / KEY_MIN + 1, value_budget = h->io.size_bytes / VALUE_MIN + 1;
  size_t depth = 0;
  hk_err e = hk_ok();
  libregf_key_t *k = NULL;
  libregf_error_t *error = NULL;
  *n_keys = 0;
  *n_values = 0;
  if (libregf_file_get_root_key(h->file, &k, &error) != 1)
    return hk_yal_fail(&h->io, &error, "read root key", HK_NO_OFFSET);
  stack[depth++] = (struct level){.key = k, .n = key_n_subs(k)};
  *n_keys = 1;
  count_values(h, k, n_values, value_budget);
  while (depth > 0 && e.code == HK_OK) {
    struct level *top = &stack[depth - 1];
    if (top->next >= top->n) {
      key_done(&top->key);
      depth--;
      continue;
    }
    if (hk_item_stop(h->item)) e = hk_fail(HK_CANCELLED, "walk keys", HK_NO_OFFSET);
    else if (*n_keys >= key_budget || *n_values > value_budget) e = hk_fail(HK_LIMIT, "walk keys", HK_NO_OFFSET);
    if (e.code != HK_OK) break;
    k = key_sub_at(h, top->key, top->next++);
    if (k == NULL) {
      if (h->io.failed.code != HK_OK) e = h->io.failed;
      continue;
    }
    (*n_keys)++;
    count_values(h, k, n_values, value_budget);
    if (depth == DEPTH_LIMIT) {
      key_done(&k);
      e = hk_fail(HK_LIMIT, "walk keys", HK_NO_OFFSET);
      break;
    }
    stack[depth++] = (struct level){.key = k, .n = key_n_subs(k)};
  }
  while (depth > 0) key_done(&stack[--depth].key);
  return e;
}
