/* A file system as a source: evidence paths to the system's, opening, describing. */
#include "source/tree.h"

#include <stdlib.h>
#include <string.h>

#include "os/os.h"
#include "os/reparse.h"

void hk_tree_init(struct hk_tree *t, const struct hk_source_ops *ops)
{
  *t = (struct hk_tree){.source = {.ops = ops}};
  hk_arena_init(&t->arena, 0);
}

bool hk_tree_enters(const struct os_info *folder)
{
  if (folder->reparse_tag == 0) return true;
  return !os_tag_is_surrogate(folder->reparse_tag) && (folder->attributes & OS_CLOUD_ATTRIBUTES) == 0;
}

void hk_tree_add(struct hk_tree *t, hk_str name, hk_str root, bool escaped)
{
  if (t->n_volumes == sizeof t->volumes / sizeof t->volumes[0]) return;
  for (size_t i = 0; i < t->n_volumes; i++)
    if (hk_str_eq(t->volumes[i].name, name)) return;
  const struct hk_volume v = {.name = hk_str_copy(&t->arena, name), .root = hk_str_copy(&t->arena, root), .escaped = escaped};
  if (v.name.p != NULL && v.root.p != NULL) t->volumes[t->n_volumes++] = v;
}

void hk_tree_add_drive(struct hk_tree *t, char letter, hk_str root, bool escaped)
{
  const char upper = letter >= 'a' && letter <= 'z' ? (char)(letter - 32) : letter;
  const char drive[2] = {upper, ':'};
  hk_tree_add(t, (hk_str){.p = drive, .n = sizeof drive}, root, escaped);
}

void hk_tree_close(struct hk_source *s)
{
  struct hk_tree *const t = (struct hk_tree *)(void *)s;
  hk_arena_done(&t->arena);
  free(t);
}

struct hk_entry hk_tree_entry(const struct hk_tree *t, const struct os_info *info, hk_str path)
{
  struct hk_entry e = {.path = path,
                       .size_bytes = info->size_bytes,
                       .modified_at = info->modified_at,
                       .attributes = info->attributes,
                       .reparse_tag = info->reparse_tag,
                       .n_links = 1};
  if (t->is_copy) return e;
  e.born_at = info->born_at;
  e.accessed_at = info->accessed_at;
  e.changed_at = info->changed_at;
  e.file_id = info->file_id;
  e.n_links = info->n_links;
  return e;
}

hk_str hk_unescape(struct hk_arena *a, hk_str name)
{
  const hk_str plain = hk_percent_decode(a, name);
  return plain.p == NULL ? name : plain;
}

struct look_up {
  hk_str exact;
  hk_str want; /* folded */
  bool escaped;
  struct hk_arena *arena;
  hk_str found;
};

static bool compare_name(void *ctx, hk_str name, const struct os_info *info)
{
  (void)info;
  struct look_up *const l = ctx;
  const hk_str shown = l->escaped ? hk_unescape(l->arena, name) : name;
  const bool exact = hk_str_eq(shown, l->exact);
  if (!exact && (l->found.n != 0 || !hk_str_eq(hk_str_fold(l->arena, shown), l->want))) return true;
  l->found = hk_str_copy(l->arena, name);
  return !exact;
}

/* A name as collectors write it into an escaped tree. Others are found by listing the folder. */
static hk_str escape(struct hk_arena *a, hk_str name)
{
  static const char digits[] = "0123456789ABCDEF";
  char *const z = hk_alloc_n(a, name.n + 1, 3);
  size_t n = 0;
  for (size_t i = 0; z != NULL && i < name.n; i++) {
    const unsigned char c = (unsigned char)name.p[i];
    if (c < 0x20 || memchr("?\"*:|<>%/", c, 9) != NULL) {
      z[n++] = '%';
      z[n++] = digits[c >> 4];
      z[n++] = digits[c & 15];
    } else {
      z[n++] = (char)c;
    }
  }
  return (hk_str){.p = z, .n = n};
}

/* The whole path as it is written: what was just found is nearly always there. */
static bool exists_as_written(const struct hk_volume *v, hk_str rest, struct hk_arena *a, hk_str *out)
{
  struct os_info info;
  char *const z = hk_alloc(a, rest.n + 1);
  if (v->escaped || rest.n == 0 || z == NULL) return false;
  for (size_t i = 0; i < rest.n; i++)
    z[i] = rest.p[i] == '\\' ? os_separator : rest.p[i];
  *out = os_join(a, v->root, (hk_str){.p = z, .n = rest.n});
  return out->p != NULL && os_stat(*out, &info).code == HK_OK;
}

/* The system's path of an evidence path: as written where that exists, else folder by folder with case folded. */
static hk_err resolve(const struct hk_tree *t, hk_str path, struct hk_arena *a, hk_str *out)
{
  const struct hk_volume *v = NULL;
  for (size_t i = 0; i < t->n_volumes; i++)
    if (hk_str_ieq(hk_str_sub(path, 0, t->volumes[i].name.n), t->volumes[i].name)) v = &t->volumes[i];
  if (v == NULL) return hk_fail(HK_ABSENT, "find the volume", HK_NO_OFFSET);
  hk_str at = v->root;
  hk_str rest = hk_str_sub(path, v->name.n + 1, path.n);
  if (exists_as_written(v, rest, a, out)) return hk_ok();
  while (rest.n > 0) {
    const size_t end = hk_str_find(rest, '\\');
    const hk_str name = hk_str_sub(rest, 0, end);
    rest = hk_str_sub(rest, end + 1, rest.n);
    struct os_info info;
    const hk_str direct = os_join(a, at, v->escaped ? escape(a, name) : name);
    if (direct.p != NULL && os_stat(direct, &info).code == HK_OK) {
      at = direct;
      continue;
    }
    struct look_up l = {.exact = name, .want = hk_str_fold(a, name), .escaped = v->escaped, .arena = a};
    const hk_err e = os_list(at, compare_name, &l);
    if (e.code != HK_OK) return e;
    if (l.found.n == 0) {
      /* A stream cannot be listed as a name on Windows; opening it is the proof. */
      if (hk_str_find(name, ':') == name.n) return hk_fail(HK_ABSENT, "find the file", HK_NO_OFFSET);
      l.found = name;
    }
    at = os_join(a, at, l.found);
  }
  if (at.p == NULL) return hk_fail(HK_MEMORY, "find the file", HK_NO_OFFSET);
  *out = at;
  return hk_ok();
}

struct tree_stream {
  struct hk_stream stream;
  struct os_file *file;
};

static hk_err stream_read_at(struct hk_bytes *self, uint64_t offset, void *out, size_t n, size_t *got)
{
  return os_read_at(((struct tree_stream *)(void *)self)->file, offset, out, n, got);
}

static hk_err stream_read(struct hk_stream *s, void *out, size_t n, size_t *got)
{
  return os_read(((struct tree_stream *)(void *)s)->file, out, n, got);
}

static void stream_close(struct hk_stream *s)
{
  struct tree_stream *const t = (struct tree_stream *)(void *)s;
  os_close(t->file);
  free(t);
}

static hk_err open_file(hk_str os_path, struct hk_stream **out)
{
  struct os_info info = {.attributes = 0};
  const hk_err known = os_stat(os_path, &info);
  const bool cloud = (info.attributes & OS_CLOUD_ATTRIBUTES) != 0 || os_tag_is_cloud(info.reparse_tag);
  if (known.code == HK_OK && cloud)
    return hk_fail(HK_SKIPPED, "open: the content is in the cloud, not on this PC", HK_NO_OFFSET);
  /* It may lead out of the tree, to another machine even, which then gets our credentials. */
  if (known.code == HK_OK && info.reparse_tag == OS_TAG_SYMLINK)
    return hk_fail(HK_SKIPPED, "open: a link is not followed", HK_NO_OFFSET);
  struct tree_stream *const t = calloc(1, sizeof *t);
  if (t == NULL) return hk_fail(HK_MEMORY, "open", HK_NO_OFFSET);
  hk_err e = os_open(os_path, OS_READ, &t->file);
  if (e.code != HK_OK) {
    free(t);
    return e;
  }
  e = os_size(t->file, &t->stream.bytes.size_bytes);
  if (e.code != HK_OK) {
    stream_close(&t->stream);
    return e;
  }
  t->stream.bytes.read_at = stream_read_at;
  t->stream.read = stream_read;
  t->stream.close = stream_close;
  *out = &t->stream;
  return hk_ok();
}

hk_err hk_tree_open(struct hk_source *s, hk_str path, struct hk_stream **out)
{
  struct hk_arena a;
  hk_arena_init(&a, 0);
  hk_str os_path;
  hk_err e = resolve((const struct hk_tree *)(const void *)s, path, &a, &os_path);
  if (e.code == HK_OK) e = open_file(os_path, out);
  hk_arena_done(&a);
  return e;
}

hk_err hk_tree_stat(struct hk_source *s, hk_str path, struct hk_arena *a, struct hk_entry *out)
{
  hk_str os_path;
  struct os_info info;
  HK_TRY(resolve((const struct hk_tree *)(const void *)s, path, a, &os_path));
  HK_TRY(os_stat(os_path, &info));
  *out = hk_tree_entry((const struct hk_tree *)(const void *)s, &info, path);
  return hk_ok();
}

hk_err hk_tree_owner(struct hk_source *s, hk_str path, struct hk_arena *a, hk_str *sid)
{
  hk_str os_path;
  HK_TRY(resolve((const struct hk_tree *)(const void *)s, path, a, &os_path));
  return os_owner(os_path, a, sid);
}
