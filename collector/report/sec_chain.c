/* Section 2: the chain as a dot matrix joined to a trunk, and the same as a table. 880 units wide, so that it prints
   upright on A4. */
#include "report/measure.h"
#include "report/impl.h"

#define PICTURE 880
#define LANES 9 /* columns that fit */
#define LANES_AT 104
#define LINE 17
#define LINES 3
#define BOX_TEXT(width) (((unsigned)(width)-24) * 100 / 13) /* 13 px letters, in hundredths of an em */

struct drawing {
  size_t lanes[LANES]; /* groups of the view */
  size_t n_lanes;
  int lane; /* width of a column */
  int trunk, box, box_width, height;
};
struct box {
  int y, h, gap;
};

static int lane_x(const struct drawing *d, size_t i)
{
  return LANES_AT + (int)i * d->lane + d->lane / 2;
}

/* How much a column would tell: most when a step is recorded nowhere else among the chosen. */
static unsigned worth(const struct hk_page *p, const bool *chosen, size_t group)
{
  unsigned score = 0;
  for (size_t i = 0; i < p->chain.n_steps; i++) {
    const struct hk_chain_step *const s = &p->chain.steps[i];
    bool told = false;
    for (size_t g = 0; g < p->v->n_groups; g++)
      told = told || (chosen[g] && (s->seen >> g & 1) != 0);
    if ((s->seen >> group & 1) != 0)
      score += told ? 100 : 10000;
    else if (((s->silent | s->lost) >> group & 1) != 0)
      score += 1;
  }
  return score;
}

static void pick_lanes(const struct hk_page *p, struct drawing *d)
{
  bool chosen[HK_VIEW_LANES] = {false};
  for (size_t n = 0; n < LANES; n++) {
    size_t best = 0;
    unsigned most = 0;
    for (size_t g = 0; g < p->v->n_groups; g++) {
      const unsigned score = chosen[g] ? 0 : worth(p, chosen, g);
      if (score <= most) continue;
      best = g;
      most = score;
    }
    if (most == 0) break;
    chosen[best] = true;
    d->n_lanes++;
  }
  for (size_t g = 0, i = 0; g < p->v->n_groups; g++)
    if (chosen[g]) d->lanes[i++] = g;
  d->lane = d->n_lanes <= 7 ? 62 : 56;
  d->trunk = LANES_AT + (int)d->n_lanes * d->lane + 22;
  d->box = d->trunk + 20;
  d->box_width = PICTURE - d->box - 2;
}

static void svg_text(struct hk_page *p, int x, int y, const char *classes, bool middle, hk_str s)
{
  hk_html_rawf(&p->h, "<text x=\"%d\" y=\"%d\" class=\"%s\"%s>", x, y, classes,
               middle ? " text-anchor=\"middle\"" : "");
  hk_html_str(&p->h, s);
  hk_html_raw(&p->h, "</text>");
}

static const char *const group_open[2] = {"<g class=\"j\" lang=\"ja\">", "<g class=\"e\" lang=\"en\">"};

static const char *language(struct hk_text t, int which)
{
  return which == 0 ? t.ja : t.en;
}

static void svg_both(struct hk_page *p, int x, int y, const char *classes, struct hk_text t)
{
  for (int l = 0; l < 2; l++) {
    hk_html_raw(&p->h, group_open[l]);
    svg_text(p, x, y, classes, false, hk_str_of(language(t, l)));
    hk_html_raw(&p->h, "</g>");
  }
}

/* The words of a box in one language: sentence, then the object. Returns lines of the sentence. */
static size_t sentence(struct hk_page *p, const struct drawing *d, const struct hk_chain_step *s, int which,
                       hk_str lines[LINES])
{
  return hk_measure_wrap(&p->arena, hk_str_of(language(s->happened, which)), BOX_TEXT(d->box_width), lines, LINES);
}

static hk_str shown_object(struct hk_page *p, const struct drawing *d, const struct hk_chain_step *s)
{
  struct hk_buf b;
  hk_buf_init(&b, 1 << 20);
  if (s->first.path.n == 0 && s->first.url.n > 0)
    hk_visible_url(&b, s->object);
  else
    hk_visible_name(&b, s->object);
  hk_str whole = hk_buf_view(&b);
  const size_t slash = hk_str_rfind(whole, '\\');
  if (s->first.path.n > 0 && slash < whole.n && slash + 1 < whole.n) whole = hk_str_sub(whole, slash + 1, whole.n);
  const hk_str shown = hk_str_copy(&p->arena, hk_measure_middle(&p->arena, whole, BOX_TEXT(d->box_width)));
  hk_buf_done(&b);
  return shown;
}

static void lay_out(struct hk_page *p, struct drawing *d, struct box *boxes)
{
  int y = 58;
  for (size_t i = 0; i < p->chain.n_steps; i++) {
    const struct hk_chain_step *const s = &p->chain.steps[i];
    hk_str lines[LINES];
    const size_t ja = sentence(p, d, s, 0, lines);
    const size_t en = sentence(p, d, s, 1, lines);
    const int n = (int)(ja > en ? ja : en);
    boxes[i].gap = i == 0 ? 4 : s->weakest ? 52 : 32;
    boxes[i].h = 14 + n * LINE + (s->object.n > 0 ? LINE : 0);
    y += boxes[i].gap;
    boxes[i].y = y;
    y += boxes[i].h;
  }
  d->height = y + 12;
}

static void draw_head(struct hk_page *p, const struct drawing *d)
{
  struct hk_html *const h = &p->h;
  for (size_t i = 0; i < d->n_lanes; i++) {
    if (i % 2 == 0)
      hk_html_rawf(h, "<rect x=\"%d\" y=\"0\" width=\"%d\" height=\"%d\" class=\"zb\"/>", LANES_AT + (int)i * d->lane,
                   d->lane, d->height);
    const struct hk_text t = hk_words_group(&p->arena, p->v->groups[d->lanes[i]]);
    for (int l = 0; l < 2; l++) {
      hk_str lines[3];
      const size_t n = hk_measure_wrap(&p->arena, hk_str_of(language(t, l)), 530, lines, 3);
      hk_html_raw(h, group_open[l]);
      for (size_t k = 0; k < n; k++)
        svg_text(p, lane_x(d, i), 44 - (int)(n - 1 - k) * 14, "s", true, lines[k]);
      hk_html_raw(h, "</g>");
    }
  }
  hk_html_raw(h, "<path d=\"M0 52H880\" class=\"ax\"/>");
  svg_both(p, 0, 44, "s t2", hk_words_fill(&p->arena, HK_TEXT_CHAIN_TIME, &p->zone, 1));
  svg_both(p, d->box, 44, "s t2", hk_words_text(HK_TEXT_CHAIN_WHAT));
}

static void draw_dots(struct hk_page *p, const struct drawing *d, const struct hk_chain_step *s, int y)
{
  struct hk_html *const h = &p->h;
  bool any = false;
  for (size_t i = 0; i < d->n_lanes && !any; i++) {
    if ((s->seen >> d->lanes[i] & 1) == 0) continue;
    hk_html_rawf(h, "<path d=\"M%d %dH%d\" class=\"ax\"/>", lane_x(d, i), y, d->trunk);
    any = true;
  }
  for (size_t i = 0; i < d->n_lanes; i++) {
    const uint64_t bit = UINT64_C(1) << d->lanes[i];
    const int x = lane_x(d, i);
    if ((s->seen & bit) != 0)
      hk_html_rawf(h, "<circle cx=\"%d\" cy=\"%d\" r=\"6\" class=\"seen\"/>", x, y);
    else if ((s->silent & bit) != 0)
      hk_html_rawf(h, "<circle cx=\"%d\" cy=\"%d\" r=\"3.5\" class=\"silent\"/>", x, y);
    else if ((s->lost & bit) != 0)
      hk_html_rawf(h, "<path d=\"M%d.5 %d.5l9 9m0-9l-9 9\" class=\"lost\"/>", x - 5, y - 5);
  }
}

static void draw_time(struct hk_page *p, const struct hk_chain_step *s, const char *day_before, int y)
{
  char clock[HK_CLOCK_SIZE];
  if (hk_clock(s->first.at, p->h.utc_offset_minutes, clock)[0] == 0) {
    svg_both(p, 0, y + 5, "t2", hk_words_text(HK_TEXT_UNKNOWN));
    return;
  }
  const hk_str day = hk_str_sub(hk_str_of(clock), 0, 10);
  svg_text(p, 0, y + 5, "b", false, hk_str_of(clock + 11));
  if (!hk_str_eq(day, hk_str_sub(hk_str_of(day_before), 0, 10))) svg_text(p, 0, y - 11, "s t2", false, day);
}

static void draw_link(struct hk_page *p, const struct drawing *d, const struct hk_chain_step *s, const struct box *b)
{
  struct hk_html *const h = &p->h;
  const int y = b->y - b->gap / 2;
  if (!s->weakest) {
    svg_both(p, d->trunk + 12, y + 4, "s t2", s->reason);
    return;
  }
  for (int l = 0; l < 2; l++) {
    const hk_str args[] = {hk_str_of(language(s->reason, l))};
    const struct hk_text t = hk_words_fill(&p->arena, HK_TEXT_CHAIN_WEAKEST, args, 1);
    const hk_str line = hk_measure_middle(&p->arena, hk_str_of(language(t, l)), (PICTURE - LANES_AT) * 100 / 13);
    const int width = (int)(hk_measure(line) * 122 / 1000) + 16;
    const int x =
        width <= PICTURE - d->trunk + 10 ? d->trunk - 10 : PICTURE - width; /* long ones reach over the dots */
    hk_html_raw(h, group_open[l]);
    hk_html_rawf(h, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"22\" class=\"wk\"/>", x, y - 11, width);
    svg_text(p, x + 8, y + 4, "s b", false, line);
    hk_html_raw(h, "</g>");
  }
}

static void draw_box(struct hk_page *p, const struct drawing *d, const struct hk_chain_step *s, const struct box *b)
{
  struct hk_html *const h = &p->h;
  const char *const kind = s->danger ? " dng" : s->first.at == 0 ? " unk" : "";
  const int middle = b->y + b->h / 2;
  const int words = (b->h - 14) / LINE - (s->object.n > 0 ? 1 : 0);
  hk_html_rawf(h, "<circle cx=\"%d\" cy=\"%d\" r=\"7\" class=\"bx%s\"/><path d=\"M%d %dH%d\" class=\"ln\"/>", d->trunk,
               middle, kind, d->trunk + 7, middle, d->box);
  hk_html_rawf(h, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" class=\"bx%s\"/>", d->box, b->y, d->box_width,
               b->h, kind);
  for (int l = 0; l < 2; l++) {
    hk_str lines[LINES];
    const size_t n = sentence(p, d, s, l, lines);
    int y = b->y + 19 + (words - (int)n) * LINE / 2;
    hk_html_raw(h, group_open[l]);
    for (size_t k = 0; k < n; k++, y += LINE)
      svg_text(p, d->box + 12, y, s->danger ? "b" : "w", false, lines[k]);
    if (s->object.n > 0) svg_text(p, d->box + 12, y, "s m t2", false, shown_object(p, d, s));
    hk_html_raw(h, "</g>");
  }
}

static void picture(struct hk_page *p)
{
  struct hk_html *const h = &p->h;
  struct drawing d = {0};
  struct box boxes[HK_CHAIN_STEPS];
  pick_lanes(p, &d);
  lay_out(p, &d, boxes);
  hk_html_rawf(h, "<svg viewBox=\"0 0 880 %d\" aria-hidden=\"true\" focusable=\"false\" fill=\"none\" stroke=\"none\">",
               d.height);
  draw_head(p, &d);
  for (size_t i = 0; i < p->chain.n_steps; i++) {
    const int y = boxes[i].y + boxes[i].h / 2;
    if (i > 0)
      hk_html_rawf(h, "<path d=\"M%d %dV%d\" class=\"tr %s\"/>", d.trunk, boxes[i - 1].y + boxes[i - 1].h / 2, y,
                   hk_link_code(p->chain.steps[i].strength));
    draw_dots(p, &d, &p->chain.steps[i], y);
  }
  char day[HK_CLOCK_SIZE] = "";
  for (size_t i = 0; i < p->chain.n_steps; i++) {
    const struct hk_chain_step *const s = &p->chain.steps[i];
    draw_box(p, &d, s, &boxes[i]);
    draw_time(p, s, day, boxes[i].y + boxes[i].h / 2);
    (void)hk_clock(s->first.at, h->utc_offset_minutes, day);
    if (i > 0) draw_link(p, &d, s, &boxes[i]);
  }
  hk_html_raw(h, "</svg>");
}

/* Names of the groups in a set, or a dash. */
static void group_names(struct hk_page *p, uint64_t set)
{
  bool any = false;
  for (size_t g = 0; g < p->v->n_groups; g++) {
    if ((set >> g & 1) == 0) continue;
    if (any) hk_html_both(&p->h, (struct hk_text){.ja = "、", .en = ", "});
    hk_html_both(&p->h, hk_words_group(&p->arena, p->v->groups[g]));
    any = true;
  }
  if (!any) hk_html_raw(&p->h, "—");
}

static void table_row(struct hk_page *p, const struct hk_chain_step *s, bool first)
{
  static const enum hk_text_id strengths[] = {HK_TEXT_CHAIN_WEAK, HK_TEXT_CHAIN_MEDIUM, HK_TEXT_CHAIN_STRONG};
  struct hk_html *const h = &p->h;
  hk_html_raw(h, "<tr><td class=\"nw\">");
  if (s->first.at == 0)
    hk_html_text(h, HK_TEXT_UNKNOWN);
  else
    hk_html_local(h, s->first.at);
  hk_html_raw(h, "</td><th scope=\"row\">");
  hk_html_both(h, s->happened);
  hk_html_raw(h, "</th><td>");
  if (s->first.path.n == 0 && s->first.url.n > 0)
    hk_html_url(h, s->object);
  else
    hk_html_name(h, s->object);
  hk_html_raw(h, "</td><td>");
  group_names(p, s->seen);
  hk_html_raw(h, "</td><td>");
  group_names(p, s->lost);
  hk_html_raw(h, "</td><td>");
  if (first) {
    hk_html_raw(h, "—");
  } else {
    hk_html_text(h, strengths[s->strength]);
    hk_html_raw(h, " — ");
    hk_html_both(h, s->reason);
  }
  hk_html_raw(h, "</td><td>");
  for (size_t i = 0; i < s->n_artefacts; i++)
    hk_page_file_ref(p, s->artefacts[i]);
  hk_html_raw(h, "<br>");
  for (size_t i = 0; i < s->n_events && i < HK_CHAIN_REFS; i++)
    hk_page_record_ref(p, s->events[i]);
  hk_html_raw(h, "</td></tr>\n");
}

static void table(struct hk_page *p)
{
  struct hk_html *const h = &p->h;
  hk_html_raw(h, "<details><summary>");
  hk_html_text(h, HK_TEXT_CHAIN_AS_TABLE);
  hk_html_raw(h, "</summary><div class=\"tw\"><table class=\"ch\"><thead><tr><th scope=\"col\">");
  hk_html_say(h, HK_TEXT_CHAIN_TIME, &p->zone, 1);
  hk_html_raw(h, "</th>");
  hk_html_col(h, HK_TEXT_CHAIN_WHAT);
  hk_html_col(h, HK_TEXT_CHAIN_OBJECT);
  hk_html_col(h, HK_TEXT_CHAIN_RECORDED_IN);
  hk_html_col(h, HK_TEXT_CHAIN_LOST_IN);
  hk_html_col(h, HK_TEXT_CHAIN_LINK);
  hk_html_col(h, HK_TEXT_CHAIN_EVIDENCE);
  hk_html_raw(h, "</tr></thead><tbody>\n");
  for (size_t i = 0; i < p->chain.n_steps; i++)
    table_row(p, &p->chain.steps[i], i == 0);
  hk_html_raw(h, "</tbody></table></div></details>");
}

static void key(struct hk_page *p, const char *mark, enum hk_text_id id)
{
  hk_html_raw(&p->h, "<li><svg viewBox=\"0 0 26 14\" aria-hidden=\"true\" focusable=\"false\" fill=\"none\">");
  hk_html_raw(&p->h, mark);
  hk_html_raw(&p->h, "</svg>");
  hk_html_text(&p->h, id);
  hk_html_raw(&p->h, "</li>");
}

static void legend(struct hk_page *p)
{
  hk_html_raw(&p->h, "<ul class=\"key\">");
  key(p, "<circle cx=\"13\" cy=\"7\" r=\"6\" class=\"seen\"/>", HK_TEXT_CHAIN_SEEN);
  key(p, "<circle cx=\"13\" cy=\"7\" r=\"3.5\" class=\"silent\"/>", HK_TEXT_CHAIN_SILENT);
  key(p, "<path d=\"M8.500 2.500l9 9m0-9l-9 9\" class=\"lost\"/>", HK_TEXT_CHAIN_LOST);
  key(p, "<path d=\"M0 7H26\" class=\"tr\"/>", HK_TEXT_CHAIN_STRONG_KEY);
  key(p, "<path d=\"M0 7H26\" class=\"tr medium\"/>", HK_TEXT_CHAIN_MEDIUM_KEY);
  key(p, "<path d=\"M0 7H26\" class=\"tr weak\"/>", HK_TEXT_CHAIN_WEAK_KEY);
  hk_html_raw(&p->h, "</ul>");
}

hk_err hk_page_chain(struct hk_page *p, int number)
{
  struct hk_html *const h = &p->h;
  hk_html_section(h, number, "chain", "s-chain", HK_TEXT_SECTION_CHAIN);
  if (p->chain.n_steps == 0) {
    hk_html_raw(h, "<p class=\"lead\">");
    hk_html_text(h, HK_TEXT_CHAIN_EMPTY);
    hk_html_raw(h, "</p></section>\n");
    return h->e;
  }
  hk_html_raw(h, "<p class=\"lead\">");
  hk_html_text(h, HK_TEXT_CHAIN_LEAD);
  hk_html_raw(h, "</p>");
  legend(p);
  hk_html_raw(h, "<figure>");
  picture(p);
  hk_html_raw(h, "<figcaption class=\"note\">");
  if (p->chain.n_dropped > 0) {
    char shown[32];
    char dropped[32];
    const hk_str args[] = {hk_str_of(hk_words_number(p->chain.n_steps, shown)),
                           hk_str_of(hk_words_number(p->chain.n_dropped, dropped))};
    hk_html_say(h, HK_TEXT_CHAIN_DROPPED, args, 2);
    hk_html_raw(h, " ");
  }
  hk_html_text(h, HK_TEXT_CHAIN_SAME_AS_TABLE);
  hk_html_raw(h, "</figcaption></figure>");
  table(p);
  hk_html_raw(h, "</section>\n");
  return h->e;
}
