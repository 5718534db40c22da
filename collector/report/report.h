/* What people read: report.html (both languages), answers.json, timeline.jsonl, coverage.json.
   Everything comes from the facts database and the answers; design and wording: ui/README. */
#ifndef HK_REPORT_REPORT_H
#define HK_REPORT_REPORT_H

#include "answer/answer.h"
#include "answer/facts.h"
#include "base/buf.h"
#include "base/err.h"
#include "store/store.h"

/* Where the text goes: called with consecutive pieces. */
struct hk_out {
  hk_err (*write)(struct hk_out *self, const void *p, size_t n);
};

struct hk_report_case {
  hk_str case_id, operator_name, reason;
  hk_str host, os_name, domain, address;
  hk_str time_zone;
  int utc_offset_minutes;
  hk_time started_at, finished_at;
  hk_str archive_name;
  uint64_t archive_bytes;  /* what is known when the report is written: bytes so far */
  char evidence_sha256[65];/* digest over the evidence part of the manifest so far */
  hk_str tool_version, tool_sha256, command_line;
  hk_str confinement;      /* measures in force and what is not enforced */
  const struct hk_case *custody; /* the machine the program ran on, and its clock; NULL = not known */
  bool japanese;           /* language first shown */
};

hk_err hk_report_html(struct hk_facts *f, const struct hk_answers *a, const struct hk_report_case *c, struct hk_out *out);
/* After ui/answers.schema.json. */
hk_err hk_report_answers_json(struct hk_facts *f, const struct hk_answers *a, const struct hk_report_case *c, struct hk_out *out);
/* Timesketch JSONL: message, datetime, timestamp_desc, timestamp (µs) and our fields; ordered by time. */
hk_err hk_report_timeline(struct hk_facts *f, struct hk_out *out);
/* A line for each artefact, for mactime and plaso. */
hk_err hk_report_bodyfile(struct hk_facts *f, struct hk_out *out);
/* Every coverage row. */
hk_err hk_report_coverage_json(struct hk_facts *f, struct hk_out *out);
/* The five answers in a few plain lines, for the console. */
hk_err hk_report_summary(const struct hk_answers *a, bool japanese, struct hk_buf *out);

/* A user-facing text by its id in text.def, in one language. */
enum hk_text_id {
#define HK_TEXT(id, ja, en) HK_TEXT_##id,
#include "report/text.def"
#undef HK_TEXT
  HK_TEXT_COUNT
};
const char *hk_text(enum hk_text_id id, bool japanese);

#endif
