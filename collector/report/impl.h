/* The page's sections, one file each; page.c puts them together. */
#ifndef HK_REPORT_IMPL_H
#define HK_REPORT_IMPL_H

#include "report/chain.h"
#include "report/cover.h"
#include "report/html.h"
#include "report/view.h"
#include "report/words.h"

struct hk_page {
  struct hk_html h;
  struct hk_view *v;
  struct hk_chain chain;
  struct hk_cover_table cover;
  struct hk_arena arena; /* for one section; emptied between sections */
  hk_str zone;           /* "JST", "UTC+9" */
  int64_t *evidence;     /* artefacts listed on the page, sorted; links to others are not made */
  size_t n_evidence;
  uint64_t n_evidence_total;
  int64_t *records; /* events in the appendix, in order of time */
  size_t n_records;
};

hk_err hk_page_answers(struct hk_page *p, int number);
hk_err hk_page_chain(struct hk_page *p, int number);
hk_err hk_page_reasons(struct hk_page *p, int number);
hk_err hk_page_coverage(struct hk_page *p, int number);
hk_err hk_page_timeline(struct hk_page *p, int number);
hk_err hk_page_records(struct hk_page *p, int number);
hk_err hk_page_evidence(struct hk_page *p, int number);
hk_err hk_page_custody(struct hk_page *p, int number);

/* "E07", as a link when the page lists it. Nothing for 0. */
void hk_page_file_ref(struct hk_page *p, int64_t artefact);
/* "R12", as a link when the appendix has it. */
void hk_page_record_ref(struct hk_page *p, int64_t event);
/* Name of what an event is about: a path, a defanged URL, or text. */
void hk_page_object(struct hk_page *p, const struct hk_view_event *e);
/* Which rows a timeline of limited length takes: all, or the cited ones and those nearest to the onset (the end, when
   there is none). */
struct hk_pick {
  hk_time lo, hi;
  size_t limit, n;
};
hk_err hk_pick_make(struct hk_view *v, hk_time onset, size_t limit, struct hk_pick *out);
/* Asked once for each event in order of time; counts those taken. */
bool hk_pick_takes(struct hk_pick *pick, const struct hk_view *v, int64_t event, hk_time at);
/* Events in the data at the end of the page, and in answers.json. */
#define HK_PAGE_ROWS 100000

/* Evidence rows a finding shows; the rest is counted. */
#define HK_PAGE_EVIDENCE 8

/* The short name of the case's time zone. */
hk_str hk_page_zone(struct hk_arena *a, const struct hk_report_case *c);

/* The data of answers.json, with at most 100,000 events (answers_json.c). */
hk_err hk_answers_body(struct hk_view *v, const struct hk_chain *chain, const struct hk_cover_table *cover,
                       struct hk_out *out);

#endif
