/* report.html: the frame, the order of sections, and the content security policy computed over the bytes written. */
#include "report/impl.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/json.h"
#include "embed.h"

#define RECORDS 300   /* in the appendix */
#define EVIDENCE 3000 /* files listed */

struct section {
  const char *id;
  enum hk_text_id title; /* in the rail */
  hk_err (*write)(struct hk_page *p, int number);
};
static const struct section sections[] = {
    {"answers", HK_TEXT_NAV_ANSWERS, hk_page_answers},
    {"chain", HK_TEXT_SECTION_CHAIN, hk_page_chain},
    {"why", HK_TEXT_NAV_REASONS, hk_page_reasons},
    {"coverage", HK_TEXT_NAV_COVERAGE, hk_page_coverage},
    {"timeline", HK_TEXT_SECTION_TIMELINE, hk_page_timeline},
    {"records", HK_TEXT_SECTION_RECORDS, hk_page_records},
    {"evidence", HK_TEXT_SECTION_EVIDENCE, hk_page_evidence},
    {"custody", HK_TEXT_SECTION_CUSTODY, hk_page_custody},
};
#define N_SECTIONS (sizeof sections / sizeof *sections)

/* ---- references ---- */

static int compare_ids(const void *a, const void *b)
{
  int64_t x;
  int64_t y;
  memcpy(&x, a, sizeof x);
  memcpy(&y, b, sizeof y);
  return x < y ? -1 : x > y;
}

static size_t sort_distinct(int64_t *v, size_t n)
{
  if (n == 0) return 0;
  qsort(v, n, sizeof *v, compare_ids);
  size_t kept = 1;
  for (size_t i = 1; i < n; i++)
    if (v[i] != v[kept - 1]) v[kept++] = v[i];
  return kept;
}

/* The events the appendix shows: what the chain and the reasons show. */
static hk_err pick_records(struct hk_page *p)
{
  const struct hk_answers *const a = p->v->a;
  size_t room = p->chain.n_steps * HK_CHAIN_REFS;
  for (size_t i = 0; i < a->n_findings; i++)
    room += a->findings[i].n_evidence;
  int64_t *const v = hk_new(&p->v->arena, int64_t, room);
  if (v == NULL) return hk_fail(HK_MEMORY, "pick records for the report", HK_NO_OFFSET);
  size_t n = 0;
  for (size_t i = 0; i < p->chain.n_steps; i++)
    for (size_t k = 0; k < p->chain.steps[i].n_events && k < HK_CHAIN_REFS && n < RECORDS; k++)
      v[n++] = p->chain.steps[i].events[k];
  for (size_t i = 0; i < a->n_findings; i++) {
    if (a->findings[i].explained || a->findings[i].refuted) continue;
    const size_t first = n;
    size_t taken = 0;
    for (size_t k = 0; k < a->findings[i].n_evidence && taken < HK_PAGE_EVIDENCE && n < RECORDS; k++) {
      bool said = false; /* the reasons show an event once a finding */
      for (size_t x = first; x < n && !said; x++)
        said = v[x] == a->findings[i].evidence[k].event;
      if (said) continue;
      v[n++] = a->findings[i].evidence[k].event;
      taken++;
    }
  }
  p->n_records = sort_distinct(v, n);
  p->records = v;
  return hk_ok();
}

/* The files listed: those the records came from, then others by number. */
static hk_err pick_evidence(struct hk_page *p)
{
  int64_t *all;
  size_t n_all;
  HK_TRY(hk_view_artefacts(p->v, EVIDENCE, &p->v->arena, &all, &n_all, &p->n_evidence_total));
  int64_t *const v = hk_new(&p->v->arena, int64_t, p->n_records + p->cover.n_rows + n_all);
  if (v == NULL) return hk_fail(HK_MEMORY, "pick files for the report", HK_NO_OFFSET);
  size_t n = 0;
  for (size_t i = 0; i < p->n_records; i++) {
    struct hk_view_event e;
    if (hk_view_event(p->v, p->records[i], &e).code == HK_OK && e.artefact > 0) v[n++] = e.artefact;
  }
  for (size_t i = 0; i < p->cover.n_rows; i++)
    if (p->cover.rows[i].artefact > 0) v[n++] = p->cover.rows[i].artefact;
  memcpy(v + n, all, n_all * sizeof *all);
  p->n_evidence = sort_distinct(v, n + n_all);
  p->evidence = v;
  if (p->n_evidence_total < p->n_evidence) p->n_evidence_total = p->n_evidence;
  return hk_ok();
}

/* ---- the head ---- */

static hk_str asset(const char *name)
{
  for (const struct hk_embed *e = hk_embed_assets; e->name != NULL; e++)
    if (strcmp(e->name, name) == 0) return (hk_str){.p = (const char *)e->data, .n = e->size};
  return (hk_str){0};
}

/* The foot of every printed page, as CSS: everything but plain letters is escaped. */
static void foot_style(const struct hk_report_case *c, struct hk_buf *b)
{
  const hk_str digest = hk_str_sub(hk_str_of(c->evidence_sha256), 0, 16);
  const hk_str parts[] = {c->case_id, HK_S("  "), c->host, digest.n > 0 ? HK_S("  SHA-256 ") : digest, digest};
  hk_buf_z(b, "@page{@bottom-left{content:\"");
  for (size_t k = 0; k < sizeof parts / sizeof *parts; k++)
    for (size_t i = 0; i < parts[k].n && b->n < 1000;) {
      const uint32_t ch = hk_str_next(parts[k], &i);
      const bool plain = (ch >= '0' && ch <= '9') || (ch >= 'A' && ch <= 'Z') || (ch >= 'a' && ch <= 'z') ||
                         ch == ' ' || ch == '-' || ch == '.';
      if (plain)
        hk_buf_u8(b, (uint8_t)ch);
      else
        hk_buf_printf(b, "\\%06X", (unsigned)(hk_char_is_hostile(ch) ? '?' : ch));
    }
  hk_buf_z(b, "\";font:8pt sans-serif;color:#4b5259}}");
}

static void put_hash(struct hk_html *h, hk_str bytes)
{
  uint8_t digest[HK_SHA256_SIZE];
  char text[64];
  hk_sha256_of(bytes.p, bytes.n, digest);
  hk_base64(digest, sizeof digest, text);
  hk_html_rawf(h, " 'sha256-%s'", text);
}

static void put_asset(struct hk_html *h, hk_str bytes)
{
  hk_buf_str(&h->buf, bytes);
  hk_html_raw(h, "");
}

static void head(struct hk_page *p, hk_str css, hk_str foot, hk_str js)
{
  struct hk_html *const h = &p->h;
  const struct hk_report_case *const c = p->v->c;
  hk_html_rawf(h, "<!DOCTYPE html>\n<html lang=\"%s\" class=\"nojs\"><head><meta charset=\"utf-8\">",
               c->japanese ? "ja" : "en");
  hk_html_raw(h, "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src");
  put_hash(h, css);
  put_hash(h, foot);
  hk_html_raw(h, "; script-src");
  put_hash(h, js);
  hk_html_raw(h, "; base-uri 'none'; form-action 'none'\">\n<meta name=\"viewport\" "
                 "content=\"width=device-width,initial-scale=1\">"
                 "<meta name=\"referrer\" content=\"no-referrer\"><title>");
  hk_html_str(h, c->host);
  if (c->host.n > 0) hk_html_raw(h, " — ");
  if (c->case_id.n > 0) {
    hk_html_str(h, c->case_id);
    hk_html_raw(h, " — ");
  }
  hk_html_raw(h, "Hikeshi</title>\n<style>");
  put_asset(h, css);
  hk_html_raw(h, "</style><style>");
  put_asset(h, foot);
  hk_html_raw(h, "</style></head>\n");
}

static void tools(struct hk_page *p)
{
  struct hk_html *const h = &p->h;
  const bool ja = p->v->c->japanese;
  hk_html_raw(h, "<div class=\"tools\"><fieldset><legend class=\"vh\">");
  hk_html_text(h, HK_TEXT_PAGE_LANGUAGE);
  hk_html_rawf(h,
               "</legend><label><input type=\"radio\" name=\"lang\" id=\"l-ja\" value=\"ja\"%s><span class=\"o\" "
               "lang=\"ja\">日本語</span>"
               "</label><label><input type=\"radio\" name=\"lang\" id=\"l-en\" value=\"en\"%s><span class=\"o\" "
               "lang=\"en\">English</span>"
               "</label></fieldset>",
               ja ? " checked" : "", ja ? "" : " checked");
  hk_html_raw(h, "<fieldset class=\"jsonly\"><legend class=\"vh\">");
  hk_html_text(h, HK_TEXT_PAGE_THEME);
  hk_html_raw(h, "</legend><label><input type=\"radio\" name=\"theme\" value=\"\" checked><span class=\"o\">");
  hk_html_text(h, HK_TEXT_PAGE_THEME_AUTO);
  hk_html_raw(h, "</span></label><label><input type=\"radio\" name=\"theme\" value=\"light\"><span class=\"o\">");
  hk_html_text(h, HK_TEXT_PAGE_THEME_LIGHT);
  hk_html_raw(h, "</span></label><label><input type=\"radio\" name=\"theme\" value=\"dark\"><span class=\"o\">");
  hk_html_text(h, HK_TEXT_PAGE_THEME_DARK);
  hk_html_raw(h, "</span></label></fieldset><button class=\"jsonly\" type=\"button\" data-do=\"print-one\">");
  hk_html_text(h, HK_TEXT_PAGE_PRINT_ONE);
  hk_html_raw(h, "</button><button class=\"jsonly\" type=\"button\" data-do=\"print\">");
  hk_html_text(h, HK_TEXT_PAGE_PRINT_ALL);
  hk_html_raw(h, "</button></div>");
}

static void term_open(struct hk_html *h)
{
  hk_html_raw(h, "<div><dt>");
}

static void term_name(struct hk_page *p, enum hk_text_id id, hk_str value)
{
  if (value.n == 0) return;
  term_open(&p->h);
  hk_html_text(&p->h, id);
  hk_html_raw(&p->h, "</dt><dd>");
  hk_html_name(&p->h, value);
  hk_html_raw(&p->h, "</dd></div>");
}

static void host_line(struct hk_page *p)
{
  const struct hk_report_case *const c = p->v->c;
  const hk_str parts[] = {c->host, c->domain, c->address, c->os_name};
  bool any = false;
  term_open(&p->h);
  hk_html_text(&p->h, HK_TEXT_CASE_HOST);
  hk_html_raw(&p->h, "</dt><dd>");
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
    if (parts[i].n == 0) continue;
    if (any) hk_html_raw(&p->h, " / ");
    hk_html_name(&p->h, parts[i]);
    any = true;
  }
  if (!any) hk_html_text(&p->h, HK_TEXT_UNKNOWN);
  hk_html_raw(&p->h, "</dd></div>");
}

static void case_lines(struct hk_page *p)
{
  struct hk_html *const h = &p->h;
  const struct hk_report_case *const c = p->v->c;
  char lo[HK_CLOCK_SIZE];
  char hi[HK_CLOCK_SIZE];
  hk_html_raw(h, "<dl class=\"case\">");
  term_name(p, HK_TEXT_CASE_ID, c->case_id);
  host_line(p);
  term_open(h);
  hk_html_say(h, HK_TEXT_CASE_ENDED, &p->zone, 1);
  hk_html_raw(h, "</dt><dd>");
  hk_html_local(h, c->finished_at);
  hk_html_raw(h, " <span class=\"nw\">(");
  hk_html_utc(h, c->finished_at);
  hk_html_raw(h, ")</span></dd></div>");
  if (hk_clock(p->v->a->window_lo, c->utc_offset_minutes, lo)[0] != 0 &&
      hk_clock(p->v->a->window_hi, c->utc_offset_minutes, hi)[0] != 0) {
    term_open(h);
    hk_html_say(h, HK_TEXT_CASE_WINDOW, &p->zone, 1);
    hk_html_raw(h, "</dt><dd>");
    hk_html_str(h, hk_str_sub(hk_str_of(lo), 0, 16));
    hk_html_raw(h, " – ");
    hk_html_str(h, hk_str_sub(hk_str_of(hi), 0, 16));
    hk_html_raw(h, "</dd></div>");
  }
  term_name(p, HK_TEXT_CASE_OPERATOR, c->operator_name);
  term_name(p, HK_TEXT_CASE_REASON, c->reason);
  if (c->evidence_sha256[0] != 0) {
    term_open(h);
    hk_html_text(h, HK_TEXT_CASE_DIGEST);
    hk_html_raw(h, "</dt><dd class=\"hash\">");
    hk_html_str(h, hk_str_of(c->evidence_sha256));
    hk_html_raw(h, "</dd></div>");
  }
  hk_html_raw(h, "</dl>");
}

static void header(struct hk_page *p)
{
  struct hk_html *const h = &p->h;
  hk_html_raw(h, "<body>\n<a class=\"skip\" href=\"#answers\">");
  hk_html_text(h, HK_TEXT_PAGE_SKIP);
  hk_html_raw(h, "</a>\n<header><div class=\"mark\"><span lang=\"ja\">火消し</span><small>Hikeshi ");
  hk_html_str(h, p->v->c->tool_version);
  hk_html_raw(h, "</small></div><div><div class=\"top\"><h1>");
  hk_html_name(h, p->v->c->host);
  if (p->v->c->host.n > 0) hk_html_raw(h, " — ");
  hk_html_text(h, HK_TEXT_PAGE_TITLE);
  hk_html_raw(h, "</h1>");
  tools(p);
  hk_html_raw(h, "</div>");
  case_lines(p);
  hk_html_raw(h, "</div></header>\n<nav aria-labelledby=\"contents\"><h2 class=\"vh\" id=\"contents\">");
  hk_html_text(h, HK_TEXT_PAGE_CONTENTS);
  hk_html_raw(h, "</h2><ol>");
  for (size_t i = 0; i < N_SECTIONS; i++) {
    hk_html_rawf(h, "<li><a href=\"#%s\"><span class=\"no\">%zu</span><span>", sections[i].id, i + 1);
    hk_html_text(h, sections[i].title);
    hk_html_raw(h, "</span></a></li>");
  }
  hk_html_raw(h, "</ol><p>");
  hk_html_text(h, HK_TEXT_PAGE_READERS);
  hk_html_raw(h, "</p></nav>\n<main>\n");
}

/* ---- data for report.js ---- */

/* The characters shown as <U+…>, as ranges: report.js uses this very table. */
static void put_framed(struct hk_json *j)
{
  hk_json_put_open(j, "framed", '[');
  for (uint32_t c = 0, from = 0; c <= 0x110000; c++) {
    const bool in = c < 0x110000 && hk_char_is_framed(c);
    const bool was = c > 0 && hk_char_is_framed(c - 1);
    if (in && !was) from = c;
    if (in || !was) continue;
    hk_json_open(j, '[');
    hk_json_int(j, from);
    hk_json_int(j, c - 1);
    hk_json_close(j, ']');
  }
  hk_json_close(j, ']');
}

static void put_word(struct hk_json *j, const char *key, enum hk_text_id id)
{
  hk_json_put_open(j, key, '{');
  hk_json_put_z(j, "ja", hk_text(id, true));
  hk_json_put_z(j, "en", hk_text(id, false));
  hk_json_close(j, '}');
}

static void page_data(struct hk_page *p)
{
  struct hk_json j;
  hk_json_init(&j, &p->h.buf);
  hk_html_raw(&p->h, "</main>\n<script type=\"application/json\" id=\"hikeshi-page\">");
  hk_json_open(&j, '{');
  hk_json_put_str(&j, "zone", p->zone);
  put_word(&j, "all", HK_TEXT_TIME_ALL);
  put_word(&j, "showing", HK_TEXT_TIME_SHOWING);
  put_framed(&j);
  hk_json_close(&j, '}');
  hk_html_raw(&p->h, "</script>\n<script type=\"application/json\" id=\"hikeshi-data\">");
}

/* ---- all together ---- */

static hk_err write_page(struct hk_page *p)
{
  const hk_str css = asset("style.css");
  const hk_str js = asset("report.js");
  if (css.n == 0 || js.n == 0) return hk_fail(HK_USAGE, "find the report's style and script", HK_NO_OFFSET);
  struct hk_buf foot;
  hk_buf_init(&foot, 1 << 14);
  foot_style(p->v->c, &foot);
  head(p, css, hk_buf_view(&foot), js);
  hk_buf_done(&foot);
  header(p);
  for (size_t i = 0; i < N_SECTIONS; i++) {
    hk_arena_done(&p->arena);
    HK_TRY(sections[i].write(p, (int)i + 1));
  }
  page_data(p);
  HK_TRY(hk_html_flush(&p->h));
  HK_TRY(hk_answers_body(p->v, &p->chain, &p->cover, p->h.out));
  hk_html_raw(&p->h, "</script>\n<script>");
  put_asset(&p->h, js);
  hk_html_raw(&p->h, "</script></body></html>\n");
  return hk_html_flush(&p->h);
}

hk_err hk_report_html(struct hk_facts *f, const struct hk_answers *a, const struct hk_report_case *c,
                      struct hk_out *out)
{
  struct hk_view v;
  HK_TRY(hk_view_open(hk_facts_db(f), a, c, &v));
  struct hk_page p = {.v = &v};
  hk_html_init(&p.h, out, c->utc_offset_minutes);
  hk_arena_init(&p.arena, (size_t)64 << 20);
  p.zone = hk_page_zone(&v.arena, c);
  hk_err e = hk_chain_make(&v, &p.chain);
  if (e.code == HK_OK) e = hk_cover_make(&v, &p.chain, &p.cover);
  if (e.code == HK_OK) e = pick_records(&p);
  if (e.code == HK_OK) e = pick_evidence(&p);
  if (e.code == HK_OK) e = write_page(&p);
  hk_chain_done(&p.chain);
  hk_cover_done(&p.cover);
  hk_arena_done(&p.arena);
  hk_html_done(&p.h);
  hk_view_close(&v);
  return e;
}
