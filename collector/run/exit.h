/* Exit codes: one table, for scripts that push the program to many PCs. `hikeshi list exit-codes` prints it. */
#ifndef HK_RUN_EXIT_H
#define HK_RUN_EXIT_H

#include "base/str.h"

enum hk_exit {
  HK_EXIT_OK = 0,        /* done; nothing was lost */
  HK_EXIT_PARTIAL = 1,   /* done; some artefacts were denied, damaged, lost or beyond a limit: coverage says which */
  HK_EXIT_USAGE = 2,     /* the command line asks for something that cannot be */
  HK_EXIT_OUTPUT = 3,    /* the output could not be written, or was full: what fitted is sealed */
  HK_EXIT_SOURCE = 4,    /* the source could not be opened */
  HK_EXIT_BROKEN = 5,    /* verify: the archive is not what was sealed */
  HK_EXIT_CANCELLED = 6, /* interrupted; what was finished is sealed */
  HK_EXIT_INTERNAL = 7,  /* no sandbox could be started (any more), or no memory */
};

struct hk_exit_row {
  enum hk_exit code;
  const char *name;
  struct hk_text meaning;
};
extern const struct hk_exit_row hk_exit_table[];
extern const size_t hk_exit_count;

#endif
