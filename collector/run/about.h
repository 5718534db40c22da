/* What the evidence says of its own PC: name, Windows, time zone. The registry knows better than the machine we run on. */
#ifndef HK_RUN_ABOUT_H
#define HK_RUN_ABOUT_H

#include "answer/facts.h"
#include "report/report.h"

/* Replaces what the facts know; the rest of the case stays as it is. Strings go into the arena. */
hk_err hk_run_about(struct hk_facts *f, struct hk_arena *a, struct hk_report_case *c);

#endif
