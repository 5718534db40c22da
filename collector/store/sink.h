/* Where an archive's bytes go, front to back: never sought in, never read again. A file; standard output; or a filter that
   passes on what it makes of them (encryption), and then owns the sink below it. The first failure is final: nothing more
   is written and every later call gives the same error. */
#ifndef HK_STORE_SINK_H
#define HK_STORE_SINK_H

#include "base/err.h"
#include "base/str.h"

struct hk_store_sink {
  /* Takes all n bytes, or fails. */
  hk_err (*write)(struct hk_store_sink *s, const void *p, size_t n);
  /* An entry is finished: what can be, is passed to the system. */
  hk_err (*flush)(struct hk_store_sink *s);
  /* Nothing follows: onto the medium and under its final name. `note` is a line for people, "" = none, kept beside the
     output where there is a beside. Once; afterwards only close. The step HK_SINK_DIGEST_STEP: the archive itself is good. */
  hk_err (*finish)(struct hk_store_sink *s, hk_str note);
  /* Frees it and what lies below; without finish the output stays as it is, to be recovered. */
  void (*close)(struct hk_store_sink *s);
};

#define HK_SINK_DIGEST_STEP "write digest file"

/* A new file: called <path>.partial until it is finished; then <path>.sha256 lies beside it, for sha256sum -c, with the note
   as a comment. HK_USAGE when either name exists. */
hk_err hk_store_sink_file(hk_str path, struct hk_store_sink **out);
/* Standard output; the note goes nowhere. */
hk_err hk_store_sink_stdout(struct hk_store_sink **out);

#endif
