/* What several sections say alike: references to files and records, the object of an event, the zone of times. */
#include "report/impl.h"

static bool holds(const int64_t *sorted, size_t n, int64_t id)
{
  size_t lo = 0;
  size_t hi = n;
  while (lo < hi) {
    const size_t mid = lo + (hi - lo) / 2;
    if (sorted[mid] < id)
      lo = mid + 1;
    else
      hi = mid;
  }
  return lo < n && sorted[lo] == id;
}

void hk_page_file_ref(struct hk_page *p, int64_t artefact)
{
  const long long id = (long long)artefact;
  if (artefact <= 0) return;
  if (holds(p->evidence, p->n_evidence, artefact))
    hk_html_rawf(&p->h, "<a href=\"#E%02lld\">E%02lld</a> ", id, id);
  else
    hk_html_rawf(&p->h, "E%02lld ", id);
}

void hk_page_record_ref(struct hk_page *p, int64_t event)
{
  const long long id = (long long)event;
  if (holds(p->records, p->n_records, event))
    hk_html_rawf(&p->h, "<a href=\"#R%lld\">R%lld</a> ", id, id);
  else
    hk_html_rawf(&p->h, "R%lld ", id);
}

void hk_page_object(struct hk_page *p, const struct hk_view_event *e)
{
  if (e->path.n == 0 && e->url.n > 0) {
    hk_html_url(&p->h, e->url);
    return;
  }
  hk_html_name(&p->h, hk_view_object(p->v, e));
  if (e->path.n > 0 && e->url.n > 0) {
    hk_html_raw(&p->h, "<br>");
    hk_html_url(&p->h, e->url);
  }
}

hk_str hk_page_zone(struct hk_arena *a, const struct hk_report_case *c)
{
  const int offset = c->utc_offset_minutes;
  const bool tokyo = hk_str_starts(c->time_zone, HK_S("Tokyo")) || hk_str_eq(c->time_zone, HK_S("JST")) ||
                     hk_str_eq(c->time_zone, HK_S("Asia/Tokyo"));
  if (offset == 0) return hk_str_of("UTC");
  if (offset == 540 && tokyo) return hk_str_of("JST");
  const int minutes = offset < 0 ? -offset : offset;
  if (minutes % 60 == 0) return hk_str_printf(a, "UTC%c%d", offset < 0 ? '-' : '+', minutes / 60);
  return hk_str_printf(a, "UTC%c%d:%02d", offset < 0 ? '-' : '+', minutes / 60, minutes % 60);
}
