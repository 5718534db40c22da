/* Sections 7 and 8: the files everything was read from, and who did what when. */
#include "report/impl.h"

#include <string.h>

static void how_and_result(struct hk_page *p, const struct hk_view_artefact *a)
{
  struct hk_html *const h = &p->h;
  if (a->how.n > 0) hk_html_both(h, hk_words_method(&p->arena, a->how));
  if (a->outcome.n == 0) return;
  if (a->how.n > 0) hk_html_raw(h, "<br>");
  hk_html_both(h, hk_words_outcome(&p->arena, a->outcome));
  if (a->offset != HK_NO_OFFSET) {
    hk_html_raw(h, " ");
    hk_html_say(h, HK_TEXT_EVIDENCE_AT, (hk_str[]){hk_str_printf(&p->arena, "%lld", (long long)a->offset)}, 1);
  }
  if (a->step.n > 0) {
    hk_html_raw(h, "<br><span class=\"stat\">");
    hk_html_str(h, a->step);
    hk_html_raw(h, "</span>");
  }
}

static void one_file(struct hk_page *p, const struct hk_view_artefact *a)
{
  struct hk_html *const h = &p->h;
  const size_t slash = hk_str_rfind(a->path, '\\');
  const bool split = slash < a->path.n && slash + 1 < a->path.n;
  hk_html_rawf(h, "<tr id=\"E%02lld\"><td>E%02lld</td><th scope=\"row\">", (long long)a->id, (long long)a->id);
  hk_html_name(h, split ? hk_str_sub(a->path, slash + 1, a->path.n) : a->path);
  if (split) {
    hk_html_raw(h, "<br><span class=\"stat\">");
    hk_html_name(h, hk_str_sub(a->path, 0, slash));
    hk_html_raw(h, "</span>");
  }
  hk_html_raw(h, "</th><td class=\"n\">");
  hk_html_number(h, a->size_bytes < 0 ? 0 : (uint64_t)a->size_bytes);
  hk_html_raw(h, "</td><td>");
  how_and_result(p, a);
  hk_html_raw(h, "</td><td class=\"hash\">");
  if (a->sha256[0] != 0)
    hk_html_raw(h, a->sha256);
  else
    hk_html_text(h, HK_TEXT_EVIDENCE_NOT_STORED);
  hk_html_raw(h, "</td></tr>\n");
}

hk_err hk_page_evidence(struct hk_page *p, int number)
{
  struct hk_html *const h = &p->h;
  char shown[32];
  char all[32];
  hk_html_section(h, number, "evidence", "s-evi", HK_TEXT_SECTION_EVIDENCE);
  hk_html_raw(h, "<p class=\"lead\">");
  hk_html_text(h, p->n_evidence == 0 ? HK_TEXT_EVIDENCE_NONE : HK_TEXT_EVIDENCE_LEAD);
  if (p->n_evidence_total > p->n_evidence) {
    const hk_str args[] = {hk_str_of(hk_words_number(p->n_evidence, shown)),
                           hk_str_of(hk_words_number(p->n_evidence_total, all))};
    hk_html_raw(h, " ");
    hk_html_say(h, HK_TEXT_EVIDENCE_CUT, args, 2);
  }
  hk_html_raw(h, "</p>\n");
  if (p->n_evidence > 0) {
    hk_html_raw(h, "<div class=\"tw\"><table class=\"evi\"><thead><tr>");
    hk_html_col(h, HK_TEXT_EVIDENCE_NO);
    hk_html_col(h, HK_TEXT_EVIDENCE_NAME);
    hk_html_raw(h, "<th scope=\"col\" class=\"n\">");
    hk_html_text(h, HK_TEXT_EVIDENCE_BYTES);
    hk_html_raw(h, "</th>");
    hk_html_col(h, HK_TEXT_EVIDENCE_HOW);
    hk_html_raw(h, "<th scope=\"col\">SHA-256</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < p->n_evidence; i++) {
      struct hk_view_artefact a;
      hk_arena_done(&p->arena);
      if (hk_view_artefact(p->v, p->evidence[i], &a).code == HK_OK) one_file(p, &a);
    }
    hk_html_raw(h, "</tbody></table></div>\n");
  }
  hk_html_raw(h, "</section>\n");
  return h->e;
}

/* ---- custody ---- */

static void term(struct hk_page *p, enum hk_text_id id, hk_str value)
{
  struct hk_html *const h = &p->h;
  if (value.n == 0) return;
  hk_html_raw(h, "<div><dt>");
  hk_html_text(h, id);
  hk_html_raw(h, "</dt><dd>");
  hk_html_name(h, value);
  hk_html_raw(h, "</dd></div>");
}

/* "PC01, Windows 10.0.19045, 2026-03-10 00:12:44": where the program ran, and since when that machine was up. */
static hk_str machine_of(struct hk_page *p, const struct hk_case *c)
{
  char clock[HK_CLOCK_SIZE];
  const char *const up = hk_clock(c->booted_at, 0, clock)[0] == 0 ? "?" : clock;
  return hk_str_printf(&p->arena, "%.*s, %.*s, %.19s UTC", (int)c->machine.n, c->machine.p, (int)c->machine_os.n, c->machine_os.p, up);
}

static void clock_line(struct hk_page *p, const struct hk_case *c)
{
  struct hk_html *const h = &p->h;
  const int size = c->utc_offset_minutes < 0 ? -c->utc_offset_minutes : c->utc_offset_minutes;
  hk_html_raw(h, "<div><dt>");
  hk_html_text(h, HK_TEXT_CUSTODY_CLOCK);
  hk_html_raw(h, "</dt><dd>");
  hk_html_name(h, c->time_zone);
  hk_html_rawf(h, " UTC%c%02d:%02d<br>", c->utc_offset_minutes < 0 ? '-' : '+', size / 60, size % 60);
  if (c->ntp_server.n == 0)
    hk_html_text(h, HK_TEXT_CUSTODY_NTP_NONE);
  else if (c->clock_offset.n == 0)
    hk_html_say(h, HK_TEXT_CUSTODY_NTP_FAILED, (hk_str[]){c->ntp_server, c->clock_note}, 2);
  else
    hk_html_say(h, HK_TEXT_CUSTODY_NTP, (hk_str[]){c->ntp_server, c->clock_offset, c->clock_note}, 3);
  hk_html_raw(h, "</dd></div>");
}

static void act(struct hk_page *p, hk_time at, enum hk_text_id what, hk_str arg, hk_str by)
{
  struct hk_html *const h = &p->h;
  hk_html_raw(h, "<tr><td class=\"nw\">");
  hk_html_local(h, at);
  hk_html_raw(h, "</td><td class=\"nw\">");
  hk_html_utc(h, at);
  hk_html_raw(h, "</td><td>");
  hk_html_say(h, what, &arg, 1);
  hk_html_raw(h, "</td><td>");
  if (by.n > 0)
    hk_html_name(h, by);
  else
    hk_html_text(h, HK_TEXT_NOT_GIVEN);
  hk_html_raw(h, "</td><td></td></tr>\n");
}

hk_err hk_page_custody(struct hk_page *p, int number)
{
  struct hk_html *const h = &p->h;
  const struct hk_report_case *const c = p->v->c;
  char bytes[32];
  hk_html_section(h, number, "custody", "s-cust", HK_TEXT_SECTION_CUSTODY);
  hk_html_raw(h, "<p class=\"lead\">");
  hk_html_text(h, HK_TEXT_CUSTODY_LEAD);
  hk_html_raw(h, "</p><dl class=\"case\">");
  if (c->archive_name.n > 0) {
    hk_html_raw(h, "<div><dt>");
    hk_html_text(h, HK_TEXT_CUSTODY_ARCHIVE);
    hk_html_raw(h, "</dt><dd>");
    hk_html_name(h, c->archive_name);
    if (c->archive_bytes > 0) { /* 0 = not known */
      hk_html_raw(h, "<br><span class=\"stat\">");
      hk_html_say(h, HK_TEXT_CUSTODY_BYTES_SO_FAR, (hk_str[]){hk_str_of(hk_words_number(c->archive_bytes, bytes))}, 1);
      hk_html_raw(h, "</span>");
    }
    hk_html_raw(h, "</dd></div>");
  }
  if (c->evidence_sha256[0] != 0) {
    hk_html_raw(h, "<div><dt>");
    hk_html_text(h, HK_TEXT_CASE_DIGEST);
    hk_html_raw(h, "</dt><dd class=\"hash\">");
    hk_html_str(h, hk_str_of(c->evidence_sha256));
    hk_html_raw(h, "</dd></div>");
  }
  hk_html_raw(h, "<div class=\"byhand\"><dt>");
  hk_html_text(h, HK_TEXT_CUSTODY_SEAL);
  hk_html_raw(h, "</dt><dd></dd></div></dl><dl class=\"case\">");
  term(p, HK_TEXT_CUSTODY_TOOL,
       hk_str_printf(&p->arena, "Hikeshi %.*s SHA-256 %.*s", (int)c->tool_version.n, c->tool_version.p,
                     (int)c->tool_sha256.n, c->tool_sha256.p));
  term(p, HK_TEXT_CUSTODY_COMMAND, c->command_line);
  if (c->custody != NULL) {
    term(p, HK_TEXT_CUSTODY_MACHINE, machine_of(p, c->custody));
    clock_line(p, c->custody);
  }
  term(p, HK_TEXT_CUSTODY_CONFINEMENT, c->confinement);
  hk_html_raw(h, "</dl><div class=\"tw\"><table class=\"cust\"><thead><tr><th scope=\"col\">");
  hk_html_str(h, p->zone);
  hk_html_raw(h, "</th><th scope=\"col\">UTC</th>");
  hk_html_col(h, HK_TEXT_CUSTODY_WHAT);
  hk_html_col(h, HK_TEXT_CUSTODY_BY);
  hk_html_col(h, HK_TEXT_CUSTODY_SIGNATURE);
  hk_html_raw(h, "</tr></thead><tbody>\n");
  act(p, c->started_at, HK_TEXT_CUSTODY_STARTED, c->tool_version, c->operator_name);
  act(p, c->finished_at, HK_TEXT_CUSTODY_FINISHED, hk_str_of(""), HK_S("Hikeshi"));
  hk_html_raw(h, "</tbody></table></div></section>\n");
  return h->e;
}
