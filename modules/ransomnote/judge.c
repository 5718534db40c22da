/* Adds up the signs of yara-rules/ransom_signs.yar. A note says what was done, how to reach its writer, and to pay or
   else; most also say who has the key, what not to touch, and offer a sample. No single sign and no single group is
   enough, because manuals of encryption tools, reports about ransomware and pages about Tor have some of them too. */
#include "ransomnote/judge.h"

#include <string.h>

#include "lib/yara_rules.h"

enum {
  MAX_RULES = 64,
  SCAN_SECONDS = 20,
  ALONE_SCORE = 10, /* without a name: this much, from so many groups */
  ALONE_GROUPS = 3,
  NEARLY_SCORE = 5,
  NEARLY_GROUPS = 2,
};

struct collecting {
  struct note_verdict *v;
  hk_str *rules;
  bool certain;
};

static const char *const group_names[NOTE_GROUPS] = {
    [NOTE_HARM] = "harm",     [NOTE_KEY] = "key",       [NOTE_PAY] = "pay",         [NOTE_CONTACT] = "contact",
    [NOTE_HIDDEN] = "hidden", [NOTE_THREAT] = "threat", [NOTE_CAUTION] = "caution", [NOTE_PROOF] = "proof",
};

static void on_hit(void *ctx, const struct yara_hit *h)
{
  struct collecting *const c = ctx;
  struct note_verdict *const v = c->v;
  const bool sign = strcmp(h->kind, "sign") == 0;
  const bool family = strcmp(h->kind, "family") == 0;
  if (!sign && !family) return;
  if (v->rules.n < MAX_RULES) c->rules[v->rules.n++] = hk_str_of(h->rule);
  if (family && v->family[0] == '\0') v->family = h->family;
  if (family && h->certain != 0) c->certain = true;
  for (int g = 0; sign && g < NOTE_GROUPS; g++) {
    if (strcmp(h->group, group_names[g]) != 0) continue;
    const int sum = v->weight[g] + (int)h->weight;
    v->weight[g] = sum > NOTE_GROUP_MOST ? NOTE_GROUP_MOST : sum;
  }
}

static bool is_note_by_signs(const struct note_verdict *v)
{
  const int *const w = v->weight;
  if (w[NOTE_HARM] < 2 || w[NOTE_CONTACT] + w[NOTE_HIDDEN] < 2) return false;
  if (w[NOTE_PAY] + w[NOTE_THREAT] + w[NOTE_HIDDEN] < 2) return false;
  return v->score >= ALONE_SCORE && v->n_groups >= ALONE_GROUPS;
}

/* Licences and manuals reach the sum, but say neither that the reader's files were taken nor where to go in secret. */
static bool is_nearly(const struct note_verdict *v)
{
  const bool telling = v->weight[NOTE_HARM] >= 2 || v->weight[NOTE_HIDDEN] >= 2;
  return telling && v->score >= NEARLY_SCORE && v->n_groups >= NEARLY_GROUPS;
}

hk_err note_judge(struct hk_arena *a, hk_str folded, struct note_verdict *out)
{
  struct note_verdict v = {.family = ""};
  struct collecting c = {.v = &v, .rules = hk_new(a, hk_str, MAX_RULES)};
  if (c.rules == NULL) return hk_fail(HK_MEMORY, "yara hits", HK_NO_OFFSET);
  v.rules.v = c.rules;
  HK_TRY(yara_rules_scan(folded.p, folded.n, SCAN_SECONDS, on_hit, &c));
  for (int g = 0; g < NOTE_GROUPS; g++) {
    v.score += v.weight[g];
    v.n_groups += v.weight[g] != 0;
  }
  const bool signs = is_note_by_signs(&v);
  v.is_note = signs || c.certain;
  v.by_family = c.certain && !signs;
  v.nearly = v.is_note || is_nearly(&v);
  *out = v;
  return hk_ok();
}
