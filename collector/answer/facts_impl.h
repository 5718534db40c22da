/* Inside of struct hk_facts, for the files of this folder. */
#ifndef HK_ANSWER_FACTS_IMPL_H
#define HK_ANSWER_FACTS_IMPL_H

#include <sqlite3.h>

#include "answer/facts.h"
#include "answer/intern.h"
#include "answer/path.h"
#include "base/arena.h"

enum hk_fact_statement {
  HK_SQL_EVENT,
  HK_SQL_FILE,
  HK_SQL_ACCOUNT,
  HK_SQL_HOST,
  HK_SQL_URL,
  HK_SQL_HASH,
  HK_SQL_ARTEFACT,
  HK_SQL_ARTEFACT_DONE,
  HK_SQL_COVER,
  HK_SQL_META,
  HK_SQL_COUNT
};

struct hk_facts {
  sqlite3 *db;
  struct hk_arena keys;    /* lives as long as the facts */
  struct hk_arena scratch; /* one record */
  sqlite3_stmt *sql[HK_SQL_COUNT];
  sqlite3_stmt **rec; /* by type */
  const struct hk_record_type **types;
  size_t n_types;
  const struct hk_kind **kinds; /* by number - 1, one a name */
  size_t n_kinds;
  struct hk_intern kind_ids, type_ids;
  struct hk_intern files, accounts, hosts, urls, hashes;
  uint8_t *inside; /* by file number: class of what lies in it, 0xFF = not worked out */
  size_t n_inside;
  int64_t last_event; /* also numbers records that make no event */
  int64_t last_artefact;
  bool writing; /* a transaction is open */
};

/* SQLite's last error as ours. */
hk_err hk_facts_sql_error(struct hk_facts *f, int rc, const char *step);
/* Runs SQL that gives no rows. */
hk_err hk_facts_exec(struct hk_facts *f, const char *sql, const char *step);
/* Steps a statement to its end, resets it and forgets its bindings. */
hk_err hk_facts_run(struct hk_facts *f, sqlite3_stmt *s, const char *step);

/* schema.c: the tables, generated ones too; fills kind, verb, kind_verb, record_type, place, tool. */
hk_err hk_facts_schema(struct hk_facts *f);
/* schema.c: the prepared inserts. */
hk_err hk_facts_prepare(struct hk_facts *f);
/* Column of a record table for a field: its name, with "_" where it would clash with ours. */
const char *hk_facts_column(const char *field_name, char out[96]);

/* entity.c: the number of an entity, 0 when the text names none. Rows are written when first seen. */
hk_err hk_entity_file(struct hk_facts *f, hk_str path, int64_t *id);
hk_err hk_entity_name(struct hk_facts *f, hk_str name, int64_t *id);
hk_err hk_entity_key(struct hk_facts *f, const struct hk_path_key *k, hk_str as_written, int64_t *id);
hk_err hk_entity_account(struct hk_facts *f, hk_str sid, int64_t *id);
hk_err hk_entity_host(struct hk_facts *f, hk_str host, int64_t *id);
hk_err hk_entity_url(struct hk_facts *f, hk_str url, int64_t *id);
hk_err hk_entity_hash(struct hk_facts *f, hk_str hex, int64_t *id);

/* link.c */
hk_err hk_facts_link(struct hk_facts *f);

/* Number of a kind or type, 0 when it is not in the world. */
int64_t hk_facts_kind(const struct hk_facts *f, const char *name);
int64_t hk_facts_type(const struct hk_facts *f, const char *name);

#endif
