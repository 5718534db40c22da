/* libyara behind yara_rules.h. Only here is yara.h seen. */
#include "lib/yara_rules.h"

#include <stdio.h>
#include <string.h>
#include <yara.h>
#include <zlib-ng.h>

#include "base/arena.h"
#include "embed.h"

enum { RULES_LIMIT_BYTES = 8 << 20, MAX_FILES = 64 };

static struct {
  bool tried;
  hk_err err;
  YR_RULES *rules;
} compiled;

/* Rules include nothing: a file on the suspect's disk must never become a rule. */
static const char *no_include(const char *name, const char *from, const char *from_namespace, void *ctx)
{
  (void)name;
  (void)from;
  (void)from_namespace;
  (void)ctx;
  return NULL;
}

static void free_include(const char *text, void *ctx)
{
  (void)text;
  (void)ctx;
}

/* The text of a rule file, zero-terminated. */
static hk_err inflate_rules(struct hk_arena *a, const struct hk_embed *f, char **out)
{
  if (f->raw_size > RULES_LIMIT_BYTES) return hk_fail(HK_LIMIT, "yara rule file", HK_NO_OFFSET);
  char *const text = hk_new(a, char, f->raw_size + 1);
  if (text == NULL) return hk_fail(HK_MEMORY, "yara rule file", HK_NO_OFFSET);
  if (f->raw_size == f->size) {
    memcpy(text, f->data, f->size);
  } else {
    size_t n = f->raw_size;
    if (zng_uncompress((uint8_t *)text, &n, f->data, f->size) != Z_OK || n != f->raw_size)
      return hk_fail(HK_DAMAGED, "inflate yara rule file", HK_NO_OFFSET);
  }
  *out = text;
  return hk_ok();
}

static hk_err add_file(YR_COMPILER *compiler, struct hk_arena *a, const struct hk_embed *f)
{
  char name[64];
  const char *const dot = strrchr(f->name, '.');
  const size_t n = dot == NULL ? strlen(f->name) : (size_t)(dot - f->name);
  snprintf(name, sizeof name, "%.*s", (int)(n < sizeof name ? n : sizeof name - 1), f->name);
  char *text = NULL;
  HK_TRY(inflate_rules(a, f, &text));
  if (yr_compiler_add_string(compiler, text, name) != 0) return hk_fail(HK_REFUSED, "compile yara rules", HK_NO_OFFSET);
  return hk_ok();
}

static hk_err add_files(YR_COMPILER *compiler)
{
  struct hk_arena a;
  hk_arena_init(&a, 2 * RULES_LIMIT_BYTES);
  hk_err e = hk_ok();
  for (size_t i = 0; e.code == HK_OK && i < hk_embed_yara_count && i < MAX_FILES; i++)
    e = add_file(compiler, &a, &hk_embed_yara[i]);
  hk_arena_done(&a);
  return e;
}

static hk_err compile(void)
{
  if (yr_initialize() != ERROR_SUCCESS) return hk_fail(HK_MEMORY, "start libyara", HK_NO_OFFSET);
  YR_COMPILER *compiler;
  if (yr_compiler_create(&compiler) != ERROR_SUCCESS) return hk_fail(HK_MEMORY, "yara compiler", HK_NO_OFFSET);
  yr_compiler_set_include_callback(compiler, no_include, free_include, NULL);
  hk_err e = add_files(compiler);
  if (e.code == HK_OK && yr_compiler_get_rules(compiler, &compiled.rules) != ERROR_SUCCESS)
    e = hk_fail(HK_MEMORY, "yara rules", HK_NO_OFFSET);
  yr_compiler_destroy(compiler);
  return e;
}

static hk_err compile_once(void)
{
  if (!compiled.tried) {
    compiled.tried = true;
    compiled.err = compile();
  }
  return compiled.err;
}

/* ---- scanning ---------------------------------------------------------------------------------------------------- */

struct scan {
  void (*on_hit)(void *ctx, const struct yara_hit *hit);
  void *ctx;
  bool too_many;
};

static struct yara_hit hit_of(YR_RULE *rule)
{
  struct yara_hit h = {
      .file = rule->ns->name, .rule = rule->identifier, .kind = "", .group = "", .family = "", .language = ""};
  YR_META *m;
  yr_rule_metas_foreach(rule, m)
  {
    const bool is_string = m->type == META_TYPE_STRING;
    if (is_string && strcmp(m->identifier, "kind") == 0) h.kind = m->string;
    if (is_string && strcmp(m->identifier, "group") == 0) h.group = m->string;
    if (is_string && strcmp(m->identifier, "family") == 0) h.family = m->string;
    if (is_string && strcmp(m->identifier, "language") == 0) h.language = m->string;
    if (!is_string && strcmp(m->identifier, "weight") == 0) h.weight = m->integer;
    if (!is_string && strcmp(m->identifier, "certain") == 0) h.certain = m->integer;
  }
  return h;
}

static int on_scan(YR_SCAN_CONTEXT *context, int message, void *data, void *ctx)
{
  (void)context;
  struct scan *const s = ctx;
  if (message == CALLBACK_MSG_RULE_MATCHING) {
    const struct yara_hit h = hit_of(data);
    s->on_hit(s->ctx, &h);
  } else if (message == CALLBACK_MSG_TOO_MANY_MATCHES) {
    s->too_many = true;
  }
  return CALLBACK_CONTINUE;
}

hk_err yara_rules_scan(const void *p, size_t n, int timeout_s, void (*on_hit)(void *ctx, const struct yara_hit *hit),
                       void *ctx)
{
  HK_TRY(compile_once());
  struct scan s = {.on_hit = on_hit, .ctx = ctx};
  /* No try and catch: libyara would install signal handlers, which a confined child may not; what is scanned is memory
     of ours, never a mapping that can fail. */
  const int flags = SCAN_FLAGS_REPORT_RULES_MATCHING | SCAN_FLAGS_NO_TRYCATCH;
  static const uint8_t nothing[1];
  const int r = yr_rules_scan_mem(compiled.rules, n == 0 ? nothing : p, n, flags, on_scan, &s, timeout_s);
  if (r == ERROR_SCAN_TIMEOUT) return hk_fail(HK_TIMEOUT, "yara scan", HK_NO_OFFSET);
  if (r == ERROR_INSUFFICIENT_MEMORY) return hk_fail(HK_MEMORY, "yara scan", HK_NO_OFFSET);
  if (r == ERROR_TOO_MANY_MATCHES || s.too_many) return hk_fail(HK_LIMIT, "yara matches", HK_NO_OFFSET);
  if (r != ERROR_SUCCESS) return hk_fail(HK_REFUSED, "yara scan", HK_NO_OFFSET);
  return hk_ok();
}
