/* Counting by extension: what one act that went over many files leaves. Forty thousand files become one line. */
#ifndef HK_MODULES_LIB_WAVE_H
#define HK_MODULES_LIB_WAVE_H

#include "base/arena.h"
#include "base/hktime.h"
#include "base/str.h"

#define WAVE_EXTENSIONS_MAX 4096u
#define WAVE_FOLDERS_MAX 256u /* counted up to here */
#define WAVE_HOURS_MAX 256u
#define WAVE_EXAMPLES 5u
#define WAVE_OWNERS 8u
#define WAVE_LEAST 20u /* fewer are no wave */

struct wave_hour {
  int64_t hour; /* since 1601 */
  uint64_t n;
};

struct wave {
  hk_str extension; /* as first seen */
  hk_str folded;
  uint64_t n;
  hk_time first_at, last_at; /* HK_TIME_UNKNOWN when no time was known */
  uint64_t *folders;         /* each different one, as given */
  size_t n_folders;
  struct wave_hour *hours;
  size_t n_hours;
  hk_str examples[WAVE_EXAMPLES];
  size_t n_examples;
  hk_str owners[WAVE_OWNERS];
  size_t n_owners;
  uint64_t n_gone;
};

/* One file that is counted. */
struct wave_file {
  hk_str extension;
  uint64_t folder; /* any number that is the same for one folder */
  hk_time at;
  hk_str path;
  hk_str owner; /* "" = not known */
  bool gone;    /* it was deleted */
};

struct waves {
  struct hk_arena *arena;
  struct wave *v; /* WAVE_EXTENSIONS_MAX places, open addressing */
  size_t n;
  bool limited; /* more extensions, or no memory: some were not counted */
};

/* Nothing is allocated before the first file. */
void waves_init(struct waves *w, struct hk_arena *a);
void waves_add(struct waves *w, const struct wave_file *f);
/* The next with at least WAVE_LEAST files, from *at on; NULL at the end. Start with 0. */
const struct wave *waves_next(const struct waves *w, size_t *at);
/* "*.lockd: 76 files, 19 folders", in the arena. */
hk_str wave_summary(struct hk_arena *a, const struct wave *w);
/* The fullest clock hour: when it begins and how many fell in it. */
struct wave_hour wave_peak(const struct wave *w);

#endif
