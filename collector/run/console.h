/* What a person sees: lines on standard output, a progress bar on a terminal, plain lines where there is none. */
#ifndef HK_RUN_CONSOLE_H
#define HK_RUN_CONSOLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/* One line on standard output. Characters that could fool a terminal are shown as <U+XXXX>. */
void hk_console_line(const char *format, ...) HK_PRINTF(1, 2);
/* From here on what would go to standard output goes to standard error: the archive has the former. */
void hk_console_keep_output_free(void);
/* The same on standard error. */
void hk_console_error(const char *format, ...) HK_PRINTF(1, 2);
/* Bytes as they are, on standard output (JSONL). False when nobody listens any more. */
bool hk_console_bytes(const void *p, size_t n);

struct hk_progress {
  bool on;
  bool terminal;
  bool japanese;
  uint64_t total_bytes;
  uint64_t shown_at_ms;
  uint64_t started_ms;
  unsigned shown_tenth;
};
void hk_progress_start(struct hk_progress *p, uint64_t total_bytes, bool quiet, bool japanese);
void hk_progress_at(struct hk_progress *p, uint64_t done_bytes);
/* `complete`: all was read, whatever the plan had expected; else the bar stays where it is. */
void hk_progress_end(struct hk_progress *p, uint64_t done_bytes, bool complete);

#endif
