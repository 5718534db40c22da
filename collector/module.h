/* What a module sees of the program, and what the program sees of a module.

   A module says what to collect, which records it can make, and parses one artefact at a time inside the sandbox. parse
   is pure: same bytes, same records; no clock, no globals, no order dependence. Nothing in a module calls malloc, opens
   a file or includes windows.h. A crash, a hang or too much memory costs exactly the item being parsed. */
#ifndef HK_MODULE_H
#define HK_MODULE_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/cur.h"
#include "base/err.h"
#include "base/hktime.h"
#include "base/str.h"
#include "record/record.h"

/* ---- the artefact under examination ----------------------------------------------------------------------------------- */

/* What the source knew of the file; travels with its bytes. */
struct hk_file_info {
  hk_str path; /* "C:\Users\…\x.pf", with ":stream" for an alternate stream; as given for loose files */
  uint64_t size_bytes; /* of what is given to parse */
  /* Where the first byte given stands in the file: a sparse stream ($UsnJrnl:$J) is given from its first allocated byte
     on, so that an offset in the file is data_from + offset here. Holes behind it read as zeroes. 0 for ordinary files. */
  uint64_t data_from;
  hk_time born_at, modified_at, accessed_at, changed_at; /* 0 = unknown */
  uint32_t attributes; /* FILE_ATTRIBUTE_* */
  bool every_record;   /* hikeshi parse: say all there is; a collection wants what matters, for it keeps the file, too */
  hk_str owner_sid;    /* "" = unknown */
};

struct hk_item;

const struct hk_file_info *hk_item_info(const struct hk_item *item);
/* Memory that lives until parse returns; has the item's ceiling. */
struct hk_arena *hk_item_arena(struct hk_item *item);
/* Random access, for libraries. Valid until parse returns. */
struct hk_bytes *hk_item_bytes(struct hk_item *item);
/* The whole artefact in the arena as a cursor; HK_LIMIT when it is larger than limit_bytes. */
hk_err hk_item_whole(struct hk_item *item, uint64_t limit_bytes, struct hk_cur *out);

/* Sends a record, in the name of t->kinds[kind]. The struct may be reused afterwards. */
void hk_emit(struct hk_item *item, const struct hk_record_type *t, size_t kind, const void *record);
/* Something in the artefact was lost or odd, the rest goes on: recorded with the item, makes its outcome "partial". */
void hk_note(struct hk_item *item, hk_err problem);
/* A remark that is no loss ("dirty hive: transaction logs not replayed"). English, constant. */
void hk_remark(struct hk_item *item, const char *text);
/* The claim "since lo I would have shown it, until hi" for one kind of this module. instance "" = the artefact itself
   (a channel name, a user …). Without a claim a kind counts as examined with unknown reach.
   `partial` says that something inside [lo, hi] is known to be missing (a gap in record numbers). */
void hk_cover(struct hk_item *item, const struct hk_kind *kind, hk_str instance, hk_time lo, hk_time hi, bool partial,
              const char *why);
/* True when the deadline or Ctrl+C has come: long loops ask now and then and return HK_CANCELLED. */
bool hk_item_stop(const struct hk_item *item);

/* ---- the module ---------------------------------------------------------------------------------------------------------- */

enum hk_instance {
  HK_INSTANCE_FILE,   /* each file is an instance of coverage (a log, a hive) */
  HK_INSTANCE_FOLDER, /* the folder is (prefetch, a cache): one missing file is no gap */
  HK_INSTANCE_SEARCH, /* all definitions of the same name are one search through what is there now: finding nothing is
                         a result, and it would have shown whatever is still there, of whatever age */
};

/* What to collect. Globs are on the evidence path; `*` within one component, `**` across, case folded. */
struct hk_artefact {
  const char *glob;      /* "C:\\Windows\\Prefetch\\*.pf"; "?:\\" for every volume; stream as "…:Zone.Identifier" */
  const char *name;      /* short English id for plans and lists: "prefetch" */
  enum hk_instance instance;
  bool collect_only;     /* stored but not given to parse (transaction logs) */
  bool examine_only;     /* given to parse, stored only when parse emits something (ordinary documents) */
  bool optional;         /* its absence is ordinary and loses nothing (Windows.old): then there is no coverage row */
  bool other_form;       /* the same artefact as other tools lay it down: where this is met, the definition of that name is not missed */
  unsigned capacity;     /* FOLDER: the system keeps at most so many files; full = older ones may be gone. 0 = no such limit */
  uint64_t max_bytes;    /* larger files are skipped and said so; 0 = default of 1 GiB */
  unsigned rank;         /* order of collection: lower first (volatile and valuable first) */
  /* Which of the module's kinds this artefact can speak for: when it is absent or damaged, these are what is lost.
     NULL = all of them, of which only those that it did speak for get a row when it was read. */
  const struct hk_kind *const *kinds;
  size_t n_kinds;
};

/* A table with its length; HK_KINDS is in record.h. */
#define HK_ARTEFACTS(table) .artefacts = (table), .n_artefacts = sizeof(table) / sizeof(table)[0]
#define HK_RECORDS(table) .records = (table), .n_records = sizeof(table) / sizeof(table)[0]

struct hk_module {
  const char *name; /* "prefetch" */
  struct hk_text title;
  struct hk_text proves;     /* one sentence: what its records prove */
  struct hk_text proves_not; /* and what they do not */
  const struct hk_artefact *artefacts;
  size_t n_artefacts;
  const struct hk_record_type *const *records;
  size_t n_records;
  /* Every kind the module can speak for, also when no record of it appears: makes coverage rows. */
  const struct hk_kind *const *kinds;
  size_t n_kinds;
  /* Is this file mine? Decided on name and first bytes for loose files given without a module; may be NULL. */
  bool (*recognise)(const struct hk_file_info *info, const void *head, size_t n_head);
  /* HK_OK with what was emitted; HK_DAMAGED/TRUNCATED/UNSUPPORTED with the offset when nothing more could be read. */
  hk_err (*parse)(struct hk_item *item);
  unsigned deadline_s;  /* per item; 0 = default 60 */
  unsigned memory_mib;  /* ceiling of the item's arena; 0 = default 256 */
};

#endif
