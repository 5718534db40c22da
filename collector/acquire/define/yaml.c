/* libyaml's events to a tree, with an explicit stack. */
#include "acquire/define/yaml.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#define DEPTH_MAX 32
#define NODES_MAX ((size_t)400000) /* of one document */

struct level {
  struct hk_yaml *node;
  struct hk_yaml *last; /* child */
  hk_str key;           /* read, its value is next */
  bool has_key;
};

struct hk_yaml_reader {
  hk_str rest;
  unsigned line; /* lines before `rest` */
};

struct building {
  struct hk_arena *arena;
  struct level stack[DEPTH_MAX];
  size_t depth;
  size_t n_nodes;
  struct hk_yaml *root;
  hk_str why;
  unsigned line;
  unsigned before; /* lines of the file before this document */
};

hk_err hk_yaml_open(hk_str bytes, struct hk_yaml_reader **out)
{
  struct hk_yaml_reader *const r = calloc(1, sizeof *r);
  if (r == NULL) return hk_fail(HK_MEMORY, "read definitions", HK_NO_OFFSET);
  r->rest = bytes;
  *out = r;
  return hk_ok();
}

void hk_yaml_close(struct hk_yaml_reader *r)
{
  free(r);
}

static unsigned line_of(const struct building *b, const yaml_mark_t *mark)
{
  return b->before + (unsigned)mark->line + 1;
}

static hk_err refuse(struct building *b, enum hk_code code, const char *why, const yaml_event_t *e)
{
  b->why = hk_str_of(why);
  b->line = line_of(b, &e->start_mark);
  return hk_fail(code, "read definitions", HK_NO_OFFSET);
}

static bool has_member(const struct hk_yaml *map, hk_str key)
{
  for (const struct hk_yaml *m = map->first; m != NULL; m = m->next)
    if (hk_str_eq(m->key, key)) return true;
  return false;
}

/* A scalar where a key is due is the key. */
static hk_err take_key(struct building *b, struct level *in, hk_str text, const yaml_event_t *e)
{
  if (hk_str_eq(text, HK_S("<<"))) return refuse(b, HK_UNSUPPORTED, "a merge key (<<) is not read", e);
  if (has_member(in->node, text)) return refuse(b, HK_DAMAGED, "a key stands twice", e);
  in->key = text;
  in->has_key = true;
  return hk_ok();
}

static hk_err add_node(struct building *b, enum hk_yaml_kind kind, hk_str text, const yaml_event_t *e, struct hk_yaml **out)
{
  struct level *const in = b->depth == 0 ? NULL : &b->stack[b->depth - 1];
  if (b->n_nodes++ == NODES_MAX) return refuse(b, HK_LIMIT, "too many values in one document", e);
  if (in != NULL && in->node->kind == HK_YAML_MAP && !in->has_key) return refuse(b, HK_UNSUPPORTED, "a key that is no plain text", e);
  struct hk_yaml *const n = hk_new(b->arena, struct hk_yaml, 1);
  if (n == NULL) return hk_fail(HK_MEMORY, "read definitions", HK_NO_OFFSET);
  *n = (struct hk_yaml){.kind = kind, .line = line_of(b, &e->start_mark), .text = text, .key = hk_str_of("")};
  if (in == NULL) {
    b->root = n;
  } else {
    if (in->has_key) n->key = in->key;
    in->has_key = false;
    *(in->last == NULL ? &in->node->first : &in->last->next) = n;
    in->last = n;
  }
  *out = n;
  return hk_ok();
}

static hk_err open_level(struct building *b, enum hk_yaml_kind kind, const yaml_event_t *e)
{
  struct hk_yaml *n = NULL;
  if (b->depth == DEPTH_MAX) return refuse(b, HK_LIMIT, "nested too deeply", e);
  HK_TRY(add_node(b, kind, hk_str_of(""), e, &n));
  b->stack[b->depth++] = (struct level){.node = n};
  return hk_ok();
}

static hk_err take_scalar(struct building *b, const yaml_event_t *e)
{
  const hk_str raw = {.p = (const char *)e->data.scalar.value, .n = e->data.scalar.length};
  const hk_str text = hk_str_copy(b->arena, raw);
  struct level *const in = b->depth == 0 ? NULL : &b->stack[b->depth - 1];
  struct hk_yaml *n = NULL;
  if (text.p == NULL) return hk_fail(HK_MEMORY, "read definitions", HK_NO_OFFSET);
  if (e->data.scalar.anchor != NULL) return refuse(b, HK_UNSUPPORTED, "an anchor (&) is not read", e);
  if (in != NULL && in->node->kind == HK_YAML_MAP && !in->has_key) return take_key(b, in, text, e);
  return add_node(b, HK_YAML_SCALAR, text, e, &n);
}

static hk_err take(struct building *b, const yaml_event_t *e, bool *whole)
{
  switch (e->type) {
  case YAML_SCALAR_EVENT: return take_scalar(b, e);
  case YAML_SEQUENCE_START_EVENT:
    if (e->data.sequence_start.anchor != NULL) return refuse(b, HK_UNSUPPORTED, "an anchor (&) is not read", e);
    return open_level(b, HK_YAML_LIST, e);
  case YAML_MAPPING_START_EVENT:
    if (e->data.mapping_start.anchor != NULL) return refuse(b, HK_UNSUPPORTED, "an anchor (&) is not read", e);
    return open_level(b, HK_YAML_MAP, e);
  case YAML_SEQUENCE_END_EVENT:
  case YAML_MAPPING_END_EVENT: b->depth--; return hk_ok();
  case YAML_ALIAS_EVENT: return refuse(b, HK_UNSUPPORTED, "an alias (*) is not read", e);
  case YAML_DOCUMENT_END_EVENT: *whole = true; return hk_ok();
  default: return hk_ok();
  }
}

static hk_err damaged(const yaml_parser_t *p, struct building *b)
{
  if (p->error == YAML_MEMORY_ERROR) return hk_fail(HK_MEMORY, "read definitions", HK_NO_OFFSET);
  /* A reader error (no UTF-8) has an offset and no line. */
  b->line = p->error == YAML_READER_ERROR ? b->before + 1 : line_of(b, &p->problem_mark);
  b->why = hk_str_copy(b->arena, hk_str_of(p->problem == NULL ? "no YAML" : p->problem));
  return hk_fail(HK_DAMAGED, "read definitions", HK_NO_OFFSET);
}

static hk_err build(struct building *b, hk_str text)
{
  yaml_parser_t parser;
  bool whole = false;
  bool ended = false;
  hk_err err = hk_ok();
  if (yaml_parser_initialize(&parser) == 0) return hk_fail(HK_MEMORY, "read definitions", HK_NO_OFFSET);
  yaml_parser_set_input_string(&parser, (const unsigned char *)text.p, text.n);
  while (!whole && !ended && err.code == HK_OK) {
    yaml_event_t e;
    if (yaml_parser_parse(&parser, &e) == 0) {
      err = damaged(&parser, b);
      break;
    }
    ended = e.type == YAML_STREAM_END_EVENT;
    err = take(b, &e, &whole);
    yaml_event_delete(&e);
  }
  yaml_parser_delete(&parser);
  return err;
}

/* Up to the next line that begins with "---": there a document begins, whatever stands before. */
static hk_str next_document(struct hk_yaml_reader *r, unsigned *n_lines)
{
  const hk_str s = r->rest;
  size_t at = 0;
  *n_lines = 0;
  while (at < s.n) {
    at += hk_str_find(hk_str_sub(s, at, s.n), '\n') + 1;
    if (at > s.n) at = s.n;
    ++*n_lines;
    if (hk_str_starts(hk_str_sub(s, at, s.n), HK_S("---"))) break;
  }
  r->rest = hk_str_sub(s, at, s.n);
  return hk_str_sub(s, 0, at);
}

hk_err hk_yaml_next(struct hk_yaml_reader *r, struct hk_arena *a, struct hk_yaml **out, hk_str *why, unsigned *line)
{
  *out = NULL;
  while (r->rest.n > 0 && *out == NULL) {
    struct building b = {.arena = a, .why = hk_str_of(""), .before = r->line};
    unsigned n_lines = 0;
    const hk_str text = next_document(r, &n_lines);
    r->line += n_lines;
    const hk_err e = build(&b, text);
    if (e.code != HK_OK) {
      *why = b.why;
      *line = b.line;
      return e;
    }
    *out = b.root;
  }
  return hk_ok();
}

const struct hk_yaml *hk_yaml_get(const struct hk_yaml *map, const char *key)
{
  if (map == NULL || map->kind != HK_YAML_MAP) return NULL;
  for (const struct hk_yaml *m = map->first; m != NULL; m = m->next)
    if (hk_str_eq(m->key, hk_str_of(key))) return m;
  return NULL;
}

hk_str hk_yaml_text(const struct hk_yaml *map, const char *key)
{
  const struct hk_yaml *const m = hk_yaml_get(map, key);
  return m == NULL || m->kind != HK_YAML_SCALAR ? hk_str_of("") : m->text;
}

bool hk_yaml_true(const struct hk_yaml *map, const char *key)
{
  const hk_str t = hk_yaml_text(map, key);
  return hk_str_ieq(t, HK_S("true")) || hk_str_ieq(t, HK_S("yes"));
}
