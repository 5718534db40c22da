/* HTML output: escaping and the few elements every section uses. Nothing else in the project writes HTML, and no
   function but hk_html_raw and hk_html_rawf lets a byte through unescaped: those two take our own markup and numbers
   only. */
#ifndef HK_REPORT_HTML_H
#define HK_REPORT_HTML_H

#include "base/buf.h"
#include "base/err.h"
#include "base/hktime.h"
#include "report/report.h"

/* A page being written. The first error stays in `e`; later writes do nothing. */
struct hk_html {
  struct hk_out *out;
  struct hk_buf buf;
  hk_err e;
  int utc_offset_minutes;
  uint64_t n_bytes;
};

void hk_html_init(struct hk_html *h, struct hk_out *out, int utc_offset_minutes);
/* Hands what is buffered to `out`. */
hk_err hk_html_flush(struct hk_html *h);
void hk_html_done(struct hk_html *h);

/* Our markup as it is. */
void hk_html_raw(struct hk_html *h, const char *markup);
/* The same with numbers. Never with a string out of evidence. */
void hk_html_rawf(struct hk_html *h, const char *format, ...) HK_PRINTF(2, 3);

/* Text: & < > " as entities, hostile characters as <U+202E>. */
void hk_html_str(struct hk_html *h, hk_str s);
/* A name out of evidence: isolated, always left to right, hostile characters, < and > and a trailing space framed;
   break points after separators. Nothing when empty. Longer than HK_NAME_SHOWN bytes: cut, and the rest counted. */
void hk_html_name(struct hk_html *h, hk_str s);
/* The same for a URL, written so that nobody opens it by mistake: hxxp and [.]. */
void hk_html_url(struct hk_html *h, hk_str url);
/* Both languages, each with its lang; once when they are equal. */
void hk_html_both(struct hk_html *h, struct hk_text t);
void hk_html_text(struct hk_html *h, enum hk_text_id id);
/* A text with {0}, {1} … filled in. */
void hk_html_say(struct hk_html *h, enum hk_text_id id, const hk_str *args, size_t n_args);
/* "2026-03-10 10:41:00" in the case's local time; "—" when unknown. */
void hk_html_local(struct hk_html *h, hk_time t);
/* "2026-03-10 01:41:00Z" */
void hk_html_utc(struct hk_html *h, hk_time t);
/* 1,234,567 */
void hk_html_number(struct hk_html *h, uint64_t n);
/* <th scope="col">…</th> */
void hk_html_col(struct hk_html *h, enum hk_text_id id);
/* The level mark with its word. */
void hk_html_level(struct hk_html *h, enum hk_level level);
/* Opens <section> with its numbered h2. */
void hk_html_section(struct hk_html *h, int number, const char *id, const char *classes, enum hk_text_id title);

#define HK_NAME_SHOWN 2048

/* For sentences, SVG and JSON: the name with hostile characters, < and > and a trailing space as <U+…>. */
void hk_visible_name(struct hk_buf *out, hk_str name);
/* The same for a URL: hxxp and [.], so that no reader makes a link of it. */
void hk_visible_url(struct hk_buf *out, hk_str url);
/* "2026-03-10 10:41:00" (19 characters, zero-terminated), "" when unknown. */
#define HK_CLOCK_SIZE 24
const char *hk_clock(hk_time t, int utc_offset_minutes, char out[HK_CLOCK_SIZE]);
/* True for what the page shows as <U+…>: hk_char_is_hostile and the two angle brackets. */
bool hk_char_is_framed(uint32_t code_point);
/* Base64 with padding, for the content security policy; out holds 4*((n+2)/3)+1 bytes. */
void hk_base64(const uint8_t *p, size_t n, char *out);

#endif
