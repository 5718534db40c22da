/* The broker's side of examination: one confined examiner child that is given artefacts one after the other. The broker
   accepts only frames whose record type the module declared and checks lengths, types and UTF-8 (record/wire). A crash, a
   hang, the memory ceiling or a refused frame end the child and cost exactly the item; the next item gets a new child. */
#ifndef HK_EXAMINE_EXAMINE_H
#define HK_EXAMINE_EXAMINE_H

#include "base/bytes.h"
#include "module.h"

/* What comes out of one item. Called on the thread that calls hk_examine, in order. Any pointer may be NULL.
   Records and strings are valid during the call. */
struct hk_sink {
  void *ctx;
  void (*on_record)(void *ctx, const struct hk_record_type *t, size_t kind, const void *record);
  void (*on_note)(void *ctx, hk_err problem, hk_str step);   /* step copied from the child; problem.step is not valid beyond */
  void (*on_remark)(void *ctx, hk_str text);
  void (*on_cover)(void *ctx, const struct hk_kind *kind, hk_str instance, hk_time lo, hk_time hi, bool partial, hk_str why);
};

/* How one item ended. code HK_OK: parsed; n_notes > 0 then means "partial". Else HK_DAMAGED, HK_TRUNCATED,
   HK_UNSUPPORTED, HK_LIMIT, HK_MEMORY, HK_TIMEOUT, HK_CRASHED, HK_REFUSED with offset and step. `text` is zero-terminated
   English for the log, usually empty: how the child ended, that a frame was refused, or (with code HK_OK) that an earlier item
   had broken the child and this one went to a new one. */
struct hk_outcome {
  hk_err err;        /* err.step points to `step` */
  uint64_t n_records;
  uint64_t n_notes;
  char step[128];
  char text[192];
};

struct hk_examiner;

struct hk_examiner_options {
  hk_str self_exe; /* os_self_path */
  const struct hk_module *const *modules; /* table of both sides; order is the wire number */
  size_t n_modules;
  unsigned deadline_s;    /* 0 = the module's */
  size_t memory_bytes;    /* of the child; 0 = 1 GiB */
  uint64_t max_records;   /* of one item, on top of the bound by its size; 0 = that alone */
  bool (*stop)(void *ctx); /* asked while waiting; true ends the item as HK_CANCELLED. May be NULL */
  void *stop_ctx;
};

/* Starts nothing yet; children start with the first item. */
hk_err hk_examiner_open(const struct hk_examiner_options *o, struct hk_examiner **out);
void hk_examiner_close(struct hk_examiner *x);
/* Examines one artefact. The return value is an error of the broker only (no child can be started); all that happens to
   the item is in *out. */
hk_err hk_examine(struct hk_examiner *x, const struct hk_module *m, const struct hk_file_info *info, struct hk_bytes *bytes,
                  const struct hk_sink *sink, struct hk_outcome *out);
/* Asks a child what it may not do. Fills refused[OS_PROBE_COUNT] and measures (in the arena). */
hk_err hk_examiner_probe(struct hk_examiner *x, struct hk_arena *a, bool *refused, hk_str *measures);
/* Number of children that had to be replaced so far. */
unsigned hk_examiner_lost(const struct hk_examiner *x);

/* main() of the child: `hikeshi --examiner`. Returns the exit code. */
int hk_examiner_main(const struct hk_module *const *modules, size_t n_modules);
#define HK_EXAMINER_ARGUMENT "--examiner"

#endif
