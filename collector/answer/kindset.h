/* A set of kinds of log, by their numbers in the facts. */
#ifndef HK_ANSWER_KINDSET_H
#define HK_ANSWER_KINDSET_H

#include <stdbool.h>
#include <stdint.h>

#define HK_KINDS_MAX 256

struct hk_kind_set {
  uint64_t w[HK_KINDS_MAX / 64];
};

static inline bool hk_set_has(const struct hk_kind_set *s, int64_t kind)
{
  return kind > 0 && kind < HK_KINDS_MAX && (s->w[kind / 64] >> (kind % 64) & 1) != 0;
}

static inline void hk_set_add(struct hk_kind_set *s, int64_t kind)
{
  if (kind > 0 && kind < HK_KINDS_MAX) s->w[kind / 64] |= UINT64_C(1) << (kind % 64);
}

static inline void hk_set_join(struct hk_kind_set *s, const struct hk_kind_set *t)
{
  for (int i = 0; i < HK_KINDS_MAX / 64; i++)
    s->w[i] |= t->w[i];
}

static inline bool hk_set_within(const struct hk_kind_set *s, const struct hk_kind_set *t)
{
  for (int i = 0; i < HK_KINDS_MAX / 64; i++)
    if ((s->w[i] & ~t->w[i]) != 0) return false;
  return true;
}

static inline bool hk_set_empty(const struct hk_kind_set *s)
{
  return hk_set_within(s, &(struct hk_kind_set){.w = {0}});
}

#endif
