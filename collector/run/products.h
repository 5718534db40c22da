/* What a run leaves behind besides evidence: results, facts, answers, report. Into the archive and/or a folder. */
#ifndef HK_RUN_PRODUCTS_H
#define HK_RUN_PRODUCTS_H

#include "report/report.h"
#include "run/pipeline.h"

/* Finishes the facts, makes the answers and writes every product to the store (when there is one) and, of those a person
   opens at once, a copy to `folder` ("" = none; with `all`, everything). `prefix` goes before the report's name there. */
struct hk_products {
  hk_str folder;
  hk_str prefix;
  bool all;
};
hk_err hk_products_make(struct hk_run *r, const struct hk_products *p, struct hk_report_case *c);

#endif
