/* A record type is declared once, with one field list; the C struct, the wire form, JSONL, the SQLite table, the events
   of the facts database, the timeline and the labels all come from that one list.

   In a module:
     #define PREFETCH_FIELDS(F, R) \
       F(R, STR,  executable_name, NAME, "実行ファイル名", "executable name as stored, at most 29 characters") \
       F(R, TIMES, run_times,      WHEN, "実行日時",       "times of the last runs, newest first")
     HK_RECORD_STRUCT(prefetch, PREFETCH_FIELDS);
     HK_RECORD_TYPE(prefetch, PREFETCH_FIELDS, .artifact = "Prefetch", .verb = HK_EXECUTED, .proof = 3,
                    HK_KINDS(prefetch_kinds), .title = {"プリフェッチ", "Prefetch"});
     ...
     struct prefetch_record r = {.executable_name = name};
     hk_emit(item, &prefetch_record_type, 0, &r);

   The first field after `record` and the artefact's path in JSONL is the first of the list. */
#ifndef HK_RECORD_RECORD_H
#define HK_RECORD_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hktime.h"
#include "base/str.h"

/* ---- values ------------------------------------------------------------------------------------------------------ */

struct hk_strs {
  const hk_str *v;
  size_t n;
};
struct hk_times {
  const hk_time *v;
  size_t n;
};
struct hk_pair {
  hk_str name;
  hk_str value;
};
struct hk_pairs { /* ordered; names may repeat */
  const struct hk_pair *v;
  size_t n;
};

enum hk_field_type {
  HK_T_STR,   /* hk_str; JSON string, null when p is NULL */
  HK_T_INT,   /* int64_t; JSON number */
  HK_T_OPT,   /* int64_t; JSON number, null when it is HK_NO_INT */
  HK_T_BOOL,  /* bool */
  HK_T_HEX32, /* uint32_t; JSON string "B29F6629" */
  HK_T_TIME,  /* hk_time; JSON string or null */
  HK_T_STRS,  /* JSON array of strings */
  HK_T_TIMES, /* JSON array of times */
  HK_T_PAIRS, /* JSON object; a repeated name becomes an array */
  HK_T_COUNT
};
#define HK_NO_INT INT64_MIN

typedef hk_str hk_c_STR;
typedef int64_t hk_c_INT;
typedef int64_t hk_c_OPT;
typedef bool hk_c_BOOL;
typedef uint32_t hk_c_HEX32;
typedef hk_time hk_c_TIME;
typedef struct hk_strs hk_c_STRS;
typedef struct hk_times hk_c_TIMES;
typedef struct hk_pairs hk_c_PAIRS;

/* ---- roles and verbs: what rules and the timeline read -------------------------------------------------------------- */

enum hk_role {
  HK_ROLE_NONE,
  HK_ROLE_WHEN,   /* TIME or TIMES: one event of the type's verb for each known time */
  HK_ROLE_SINCE,  /* TIME: the act lies in [SINCE, WHEN]; makes the event's bounds */
  HK_ROLE_PATH,   /* STR: the object */
  HK_ROLE_PATH2,  /* STR: the second object: parent image, old name, document that was opened */
  HK_ROLE_NAME,   /* STR: a file name without folder; used as PATH only when no PATH is known, then a weak key */
  HK_ROLE_USER,   /* STR: a SID; "name:DOM\user" when only a name is known */
  HK_ROLE_HOST,   /* STR: other end: host name or address */
  HK_ROLE_URL,    /* STR */
  HK_ROLE_HASH,   /* STR: lower-case hex */
  HK_ROLE_PID,    /* INT */
  HK_ROLE_PARENT, /* INT: parent's process id */
  HK_ROLE_NUMBER, /* INT: the verb's number: logon type, size, verdict */
  HK_ROLE_TEXT,   /* STR: goes into the one-line message of the timeline */
  HK_ROLE_COUNT
};

enum hk_verb {
  HK_NO_VERB, /* described only; makes no event */
  HK_EXECUTED,
  HK_CREATED,
  HK_MODIFIED,
  HK_RENAMED,
  HK_DELETED,
  HK_EXISTED,
  HK_OPENED,
  HK_DOWNLOADED,
  HK_VISITED,
  HK_MARKED,     /* carries a mark of the web */
  HK_ARRIVED,    /* came in by mail or other message */
  HK_LOGGED_ON,  /* number = logon type */
  HK_LOGON_FAILED,
  HK_SERVICE,    /* a service was installed */
  HK_AUTOSTART,  /* is configured to start by itself */
  HK_CONFIGURED, /* a setting has this value */
  HK_CLEARED,    /* a log was cleared */
  HK_CONTENT,    /* content was read; number = enum hk_content */
  HK_SIGNED,     /* number = 1 trusted, 0 not */
  HK_DETECTED,   /* an antivirus or rule named it */
  HK_OWNED,      /* owner of a file */
  HK_CONNECTED,  /* a device */
  HK_SHARE_WRITE,
  HK_SESSION,
  HK_OBSERVED,   /* was so when the running PC was asked */
  HK_NAME_LEFT,  /* a file of this name was in the folder once: deleted, renamed, moved, or there still; no rule reads it */
  HK_VERB_COUNT
};

/* Number of a HK_CONTENT event (reference: answers, section 3). */
enum hk_content {
  HK_CONTENT_ENCRYPTED = 0,
  HK_CONTENT_INTACT = 1,
  HK_CONTENT_PROGRAM = 2, /* an executable whatever its name */
  HK_CONTENT_NOTE = 3,    /* a ransom note */
  HK_CONTENT_NO_NOTE = 4, /* read, and it is not one */
};

/* A kind of log: one observer writing one sort of statement. `source` is what is lost together, `group` counts for
   independence: two kinds share it when one false observer or one erasing act spoils both. */
struct hk_kind {
  const char *name;
  const char *source;
  const char *group;
};

/* ---- declarations --------------------------------------------------------------------------------------------------- */

struct hk_field {
  const char *name;
  enum hk_field_type type;
  enum hk_role role;
  size_t offset; /* in the C struct */
  struct hk_text label;
};

struct hk_record_type {
  const char *name;     /* "prefetch": value of "record" in JSONL, table rec_prefetch */
  const char *artifact; /* "Prefetch": results/Hikeshi.Prefetch.json */
  struct hk_text title;
  size_t struct_size;
  const struct hk_field *fields;
  size_t n_fields;
  enum hk_verb verb;    /* of the events its WHEN fields make; HK_NO_VERB: none */
  bool timeless;        /* makes one event without a time when no WHEN field is known */
  int proof;            /* 3 the act was observed, 2 written as its consequence, 1 consistent with it */
  const struct hk_kind *const *kinds; /* who says it; at least one */
  size_t n_kinds;
};

#define HK_FIELD_MEMBER(record, ctype, member, role, ja, en) hk_c_##ctype member;
#define HK_FIELD_ROW(record, ctype, member, rolename, ja_label, en_label)                                              \
  {.name = #member,                                                                                                    \
   .type = HK_T_##ctype,                                                                                               \
   .role = HK_ROLE_##rolename,                                                                                         \
   .offset = offsetof(struct record##_record, member),                                                                 \
   .label = {.ja = (ja_label), .en = (en_label)}},

/* A table with its length, for whatever has kinds: a record type, an artefact, a module. */
#define HK_KINDS(table) .kinds = (table), .n_kinds = sizeof(table) / sizeof(table)[0]

#define HK_RECORD_STRUCT(record, FIELDS)                                                                               \
  struct record##_record {                                                                                             \
    FIELDS(HK_FIELD_MEMBER, record)                                                                                    \
  }

/* Defines `const struct hk_record_type <record>_record_type` (declare it extern in the module's header if needed). */
#define HK_RECORD_TYPE(record, FIELDS, ...)                                                                            \
  static const struct hk_field record##_record_fields[] = {FIELDS(HK_FIELD_ROW, record)};                             \
  const struct hk_record_type record##_record_type = {.name = #record,                                                 \
                                                      .struct_size = sizeof(struct record##_record),                   \
                                                      .fields = record##_record_fields,                                \
                                                      .n_fields =                                                      \
                                                          sizeof record##_record_fields / sizeof record##_record_fields[0], \
                                                      __VA_ARGS__}

/* ---- generic access --------------------------------------------------------------------------------------------------- */

const char *hk_verb_name(enum hk_verb v);   /* "executed"; the view is ev_executed */
struct hk_text hk_verb_label(enum hk_verb v);
const char *hk_role_name(enum hk_role r);
const char *hk_field_type_name(enum hk_field_type t);

hk_str hk_get_str(const struct hk_field *f, const void *record);
int64_t hk_get_int(const struct hk_field *f, const void *record); /* INT, OPT, BOOL, HEX32 */
hk_time hk_get_time(const struct hk_field *f, const void *record);
struct hk_strs hk_get_strs(const struct hk_field *f, const void *record);
struct hk_times hk_get_times(const struct hk_field *f, const void *record);
struct hk_pairs hk_get_pairs(const struct hk_field *f, const void *record);

/* First field with that role, NULL when the type has none. */
const struct hk_field *hk_field_by_role(const struct hk_record_type *t, enum hk_role role);
const struct hk_field *hk_field_by_name(const struct hk_record_type *t, const char *name);
/* The string of the first non-empty STR field with that role, else empty. */
hk_str hk_role_str(const struct hk_record_type *t, const void *record, enum hk_role role);

#endif
