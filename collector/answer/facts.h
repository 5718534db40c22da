/* The facts of a case: one SQLite database with typed events over interned entities (reference: answers, section 3).
   Written once, from records; read by rules, by the report and by analysts. Not thread-safe. */
#ifndef HK_ANSWER_FACTS_H
#define HK_ANSWER_FACTS_H

#include "base/err.h"
#include "base/hktime.h"
#include "base/str.h"
#include "record/record.h"

struct hk_facts;
struct sqlite3;

/* The declared world: record types make rec_ tables, ev_ views and kind_verb; kinds make the kind table. */
struct hk_facts_world {
  const struct hk_record_type *const *types;
  size_t n_types;
  const struct hk_kind *const *kinds; /* duplicates by name are one kind */
  size_t n_kinds;
};

/* Creates the database; path "" keeps it in memory. An existing file is replaced. */
hk_err hk_facts_create(hk_str os_path, const struct hk_facts_world *w, struct hk_facts **out);
/* The same in a file that only this process can read (store/scratch.h). */
hk_err hk_facts_create_locked(hk_str os_path, const struct hk_facts_world *w, struct hk_facts **out);
void hk_facts_close(struct hk_facts *f);

struct hk_fact_artefact {
  hk_str path;         /* evidence path */
  const char *how;     /* method */
  const char *outcome; /* hk_code_name of how reading and examination went, "partial" */
  int64_t offset;      /* of the first problem, HK_NO_OFFSET */
  hk_str step;         /* of the first problem */
  uint64_t size_bytes;
  const uint8_t *sha256; /* 32 bytes, NULL = not stored */
  hk_time born_at, modified_at;
};
/* Begins an artefact before its records; outcome, size and hash may be filled in later by hk_facts_artefact_done. */
hk_err hk_facts_artefact(struct hk_facts *f, const struct hk_fact_artefact *a, int64_t *id);
hk_err hk_facts_artefact_done(struct hk_facts *f, int64_t id, const struct hk_fact_artefact *a);
/* One record: its rec_ row and, for each known WHEN (or once when timeless), an event. */
hk_err hk_facts_record(struct hk_facts *f, int64_t artefact, const struct hk_record_type *t, size_t kind,
                       const void *record);

enum hk_cover_state {
  HK_COVER_EXAMINED,
  HK_COVER_OFF, /* was not being recorded; proof_kind names who proves it */
  HK_COVER_ABSENT,
  HK_COVER_DENIED,
  HK_COVER_DAMAGED, /* crashed, timed out and refused too: `why` says which */
  HK_COVER_SKIPPED,
  HK_COVER_PARTIAL,
  HK_COVER_UNSUPPORTED, /* it is there, and neither we nor this Windows can tell what it says */
  HK_COVER_STATES
};
const char *hk_cover_name(enum hk_cover_state s);

/* One row of "was it looked at": a kind of log in one instance. */
struct hk_fact_cover {
  int64_t artefact; /* 0 = none (absent) */
  const char *module;
  const struct hk_kind *kind;
  hk_str instance; /* path, folder, channel, glob that matched nothing */
  enum hk_cover_state state;
  uint64_t n;     /* records of that kind */
  hk_time lo, hi; /* since when it would have shown it; 0 = no claim (then it excludes nothing) */
  hk_str why;     /* English, short; "" */
  const char *proof_kind;
};
hk_err hk_facts_cover(struct hk_facts *f, const struct hk_fact_cover *c);

/* Key/value facts about the case itself: "host", "started_at", "time_zone" … */
hk_err hk_facts_meta(struct hk_facts *f, const char *key, hk_str value);

/* Links volume, device and 8.3 names to drive letters where a record proves it, commits, and makes the indexes. */
hk_err hk_facts_finish(struct hk_facts *f);
/* Drops the indexes and packs the file, for the archive. */
hk_err hk_facts_pack(struct hk_facts *f);
/* The database as the plain bytes of its file, piece by piece: for one that is kept in memory or was created locked. */
hk_err hk_facts_read(struct hk_facts *f, hk_err (*on)(void *ctx, const void *p, size_t n), void *ctx);
/* Bytes of the database as it stands, on the disk or not yet. */
uint64_t hk_facts_size(struct hk_facts *f);
/* Read access for rules, report and timeline. */
struct sqlite3 *hk_facts_db(struct hk_facts *f);

#endif
