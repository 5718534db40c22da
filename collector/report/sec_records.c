/* Section 6: the records cited, field by field, each with the file it was read from. */
#include "report/impl.h"

static void cell_row(struct hk_html *h, struct hk_text label, hk_str value)
{
  hk_html_raw(h, "<tr><th scope=\"row\">");
  hk_html_both(h, label);
  hk_html_raw(h, "</th><td>");
  hk_html_name(h, value);
  hk_html_raw(h, "</td></tr>\n");
}

static void when(struct hk_page *p, const struct hk_view_event *e)
{
  struct hk_html *const h = &p->h;
  char iso[HK_ISO_SIZE];
  if (e->at == HK_TIME_UNKNOWN) return;
  cell_row(h, hk_words_text(HK_TEXT_RECORD_EVENT_TIME), hk_str_of(hk_time_iso(e->at, iso)));
  hk_html_raw(h, "<tr><th scope=\"row\">");
  hk_html_text(h, HK_TEXT_RECORD_LOCAL);
  hk_html_raw(h, "</th><td>");
  hk_html_local(h, e->at);
  hk_html_raw(h, " ");
  hk_html_str(h, p->zone);
  hk_html_raw(h, "</td></tr>\n");
}

static void cited_by(struct hk_page *p, int64_t event)
{
  struct hk_html *const h = &p->h;
  bool any = false;
  for (size_t i = 0; i < p->v->a->n_findings; i++) {
    const struct hk_finding *const f = &p->v->a->findings[i];
    bool uses = false;
    for (size_t k = 0; k < f->n_evidence && !uses && !f->explained && !f->refuted; k++)
      uses = f->evidence[k].event == event;
    if (!uses) continue;
    hk_html_raw(h, any ? "<br>" : "<tr><th scope=\"row\">");
    if (!any) {
      hk_html_text(h, HK_TEXT_RECORD_CITED_BY);
      hk_html_raw(h, "</th><td>");
    }
    any = true;
    hk_html_both(h, f->claim);
  }
  if (any) hk_html_raw(h, "</td></tr>\n");
}

static hk_err one_record(struct hk_page *p, int64_t event)
{
  struct hk_html *const h = &p->h;
  struct hk_view_event e;
  struct hk_view_field *fields;
  size_t n;
  const hk_err read = hk_view_keep(p->v, event, &p->arena, &e);
  if (read.code == HK_ABSENT) return hk_ok();
  if (read.code != HK_OK) return read;
  HK_TRY(hk_view_fields(p->v, &e, &p->arena, &fields, &n));
  const hk_str number = hk_str_printf(&p->arena, "R%lld", (long long)event);
  const struct hk_text title = e.type != NULL ? e.type->title : hk_verb_label(e.verb);
  const hk_str ja[] = {number, hk_str_of(title.ja)};
  const hk_str en[] = {number, hk_str_of(title.en)};
  hk_html_rawf(h, "<div class=\"rec\" id=\"R%lld\"><table><caption>", (long long)event);
  hk_html_both(h, hk_words_fill_both(&p->arena, HK_TEXT_RECORD_HEAD, ja, en, 2));
  hk_html_raw(h, "</caption><thead class=\"vh\"><tr>");
  hk_html_col(h, HK_TEXT_RECORD_FIELD);
  hk_html_col(h, HK_TEXT_RECORD_VALUE);
  hk_html_raw(h, "</tr></thead><tbody>\n");
  when(p, &e);
  for (size_t i = 0; i < n; i++)
    cell_row(h, fields[i].label, fields[i].value);
  struct hk_view_artefact a;
  if (e.artefact != 0 && hk_view_artefact(p->v, e.artefact, &a).code == HK_OK) {
    hk_html_raw(h, "<tr><th scope=\"row\">");
    hk_html_text(h, HK_TEXT_RECORD_SOURCE_FILE);
    hk_html_raw(h, "</th><td>");
    hk_page_file_ref(p, e.artefact);
    hk_html_raw(h, " ");
    hk_html_name(h, a.path);
    hk_html_raw(h, "</td></tr>\n");
  }
  cited_by(p, event);
  hk_html_raw(h, "</tbody></table></div>\n");
  return h->e;
}

hk_err hk_page_records(struct hk_page *p, int number)
{
  struct hk_html *const h = &p->h;
  hk_html_section(h, number, "records", "s-rec", HK_TEXT_SECTION_RECORDS);
  hk_html_raw(h, "<p class=\"lead\">");
  hk_html_text(h, p->n_records == 0 ? HK_TEXT_RECORD_NONE : HK_TEXT_RECORD_LEAD);
  hk_html_raw(h, "</p>");
  hk_html_raw(h, "<div class=\"recs\">\n");
  for (size_t i = 0; i < p->n_records; i++) {
    hk_arena_done(&p->arena);
    HK_TRY(one_record(p, p->records[i]));
  }
  hk_html_raw(h, "</div>");
  if (p->v->n_keys > p->n_records) {
    char more[32];
    hk_html_raw(h, "<p class=\"note\">");
    hk_html_say(h, HK_TEXT_RECORD_CUT, (hk_str[]){hk_str_of(hk_words_number(p->v->n_keys - p->n_records, more))}, 1);
    hk_html_raw(h, "</p>");
  }
  hk_html_raw(h, "</section>\n");
  return h->e;
}
