/* The run log: what happened, when, in order. Kept in memory up to a ceiling and put into the archive as hikeshi/run.log
   (text) and log.json (Velociraptor's form); warnings also go to standard error. Safe from any thread. */
#ifndef HK_RUN_LOG_H
#define HK_RUN_LOG_H

#include "base/buf.h"
#include "base/err.h"

struct hk_log;

struct hk_log *hk_log_open(bool quiet);
void hk_log_close(struct hk_log *l);
void hk_log_info(struct hk_log *l, const char *format, ...) HK_PRINTF(2, 3);
void hk_log_warn(struct hk_log *l, const char *format, ...) HK_PRINTF(2, 3);
/* "prefetch: C:\…\X.pf: damaged at 84: read prefetch header (why)". */
void hk_log_item(struct hk_log *l, const char *module, hk_str path, hk_err e, const char *why);
hk_str hk_log_text(const struct hk_log *l);
hk_str hk_log_json(const struct hk_log *l);

#endif
