/* hikeshi ls: everything on the NTFS volumes of an image or of this PC, from the $MFT. --bodyfile is the format of mactime
   (The Sleuth Kit, "Body file"): a line for the times of $STANDARD_INFORMATION, one for those of $FILE_NAME. */
#include <string.h>

#include "base/json.h"
#include "run/commands.h"
#include "run/console.h"
#include "run/exit.h"
#include "run/ls_slack.h"
#include "run/shadows.h"
#include "source/ntfs/crew.h"

#define PAGE_BYTES ((size_t)1 << 20)

struct listing {
  const struct hk_options *o;
  struct hk_ntfs_mounted *volume;
  size_t shadow; /* which shadow copy, from 1; 0 = the present */
  hk_str glob;
  bool closed; /* nobody reads any more */
  int slack_code; /* exit code of --slack */
};

/* A time and its text: a file has eight times, and few different ones. */
#define TIMES 8u
struct written_time {
  hk_time time;
  struct hk_buf json; /* empty: holds none yet */
};

/* What one thread makes of one block of the $MFT. */
struct page {
  struct listing *l;
  struct hk_buf out;
  struct hk_buf path;
  struct hk_buf body_path;
  struct written_time times[TIMES];
};

/* What a terminal or mactime would take amiss becomes '^'; `separator` stands for the backslash. In sixteens: a compiler makes one
   step of each. */
static void put_text(struct hk_buf *out, hk_str s, char separator)
{
  char text[512];
  for (size_t done = 0; done < s.n;) {
    const size_t n = s.n - done < sizeof text ? s.n - done : sizeof text;
    memcpy(text, s.p + done, n);
    memset(text + n, 0, (sizeof text - n) % 16);
    for (char *p = text; p < text + n; p += 16)
      for (size_t i = 0; i < 16; i++) {
        const char seen = p[i] == '\\' ? separator : p[i];
        p[i] = (uint8_t)p[i] < 0x20 || p[i] == 0x7F ? '^' : seen;
      }
    hk_buf_add(out, text, n);
    done += n;
  }
}

/* A line of a listing is a dozen numbers, a volume a million lines: printf is most of the time then. */
struct line {
  char text[256];
  size_t n;
  size_t time_at, time_n; /* the last time in it: the four of a file are often the same second */
  int64_t time;
};

static void add_char(struct line *l, char c)
{
  if (l->n < sizeof l->text) l->text[l->n++] = c;
}

static void add_number(struct line *l, uint64_t v)
{
  if (sizeof l->text - l->n >= HK_DECIMAL_SIZE) l->n += hk_decimal(v, l->text + l->n);
}

static void add_padded(struct line *l, hk_str s, size_t width)
{
  for (size_t i = 0; i < s.n; i++) add_char(l, s.p[i]);
  for (size_t i = s.n; i < width; i++) add_char(l, ' ');
  add_char(l, ' ');
}

static void add_seconds(struct line *l, hk_time t)
{
  const int64_t s = t == HK_TIME_UNKNOWN ? 0 : (t - HK_UNIX_EPOCH) / HK_SECOND;
  add_char(l, '|');
  if (s == l->time && l->time_n > 0 && l->time_n <= sizeof l->text - l->n) {
    memcpy(l->text + l->n, l->text + l->time_at, l->time_n);
    l->n += l->time_n;
    return;
  }
  l->time_at = l->n;
  if (s < 0) add_char(l, '-');
  add_number(l, (uint64_t)(s < 0 ? -s : s));
  l->time = s;
  l->time_n = l->n - l->time_at;
}

static void add_mode(struct line *l, const struct hk_ntfs_item *i)
{
  const char type = i->is_directory ? 'd' : 'r';
  /* What mactime shows of a file is not a right: read-only takes r away, hidden takes w, as The Sleuth Kit has it. */
  const char r = (i->standard.attributes & 1) != 0 ? '-' : 'r';
  const char w = (i->standard.attributes & 2) != 0 ? '-' : 'w';
  add_char(l, '|');
  add_char(l, i->in_use ? type : '-');
  add_char(l, '/');
  add_char(l, type);
  for (int k = 0; k < 3; k++) {
    add_char(l, r);
    add_char(l, w);
    add_char(l, 'x');
  }
}

static void put_body(struct page *p, const struct hk_ntfs_item *i, bool of_name)
{
  struct hk_buf *const out = &p->out;
  const struct hk_ntfs_times *const t = of_name ? &i->name_times : &i->standard.times;
  const unsigned type = of_name && !i->in_index ? HK_NTFS_FILE_NAME : i->data_type;
  struct line tail;
  tail.n = tail.time_n = 0;
  hk_buf_str(out, hk_buf_view(&p->body_path));
  hk_buf_z(out, i->in_index ? " ($I30)" : of_name ? " ($FILE_NAME)" : "");
  hk_buf_z(out, i->in_use ? "" : " (deleted)");
  add_char(&tail, '|');
  add_number(&tail, i->record);
  if (type != 0) {
    add_char(&tail, '-');
    add_number(&tail, type);
    add_char(&tail, '-');
    add_number(&tail, of_name ? i->name_id : i->data_id);
  }
  add_mode(&tail, i);
  for (int k = 0; k < 2; k++) {
    add_char(&tail, '|');
    add_char(&tail, '0');
  }
  add_char(&tail, '|');
  add_number(&tail, of_name && !i->in_index ? 66u + 2u * (uint64_t)i->name_units : i->size_bytes);
  add_seconds(&tail, t->accessed_at);
  add_seconds(&tail, t->modified_at);
  add_seconds(&tail, t->changed_at);
  add_seconds(&tail, t->born_at);
  add_char(&tail, '\n');
  hk_buf_add(out, tail.text, tail.n);
}

static void put_time(struct page *p, struct hk_json *j, const char *key, hk_time t)
{
  struct written_time *const w = &p->times[((uint64_t)t * UINT64_C(0x9E3779B97F4A7C15)) >> 61];
  if (w->time != t || w->json.n == 0) {
    struct hk_json text;
    hk_buf_reset(&w->json);
    hk_json_init(&text, &w->json);
    hk_json_time(&text, t);
    w->time = t;
  }
  hk_json_key(j, key);
  hk_json_raw(j, hk_buf_view(&w->json));
}

static void put_times(struct page *p, struct hk_json *j, const char *key, const struct hk_ntfs_times *t)
{
  hk_json_put_open(j, key, '{');
  put_time(p, j, "born", t->born_at);
  put_time(p, j, "modified", t->modified_at);
  put_time(p, j, "changed", t->changed_at);
  put_time(p, j, "accessed", t->accessed_at);
  hk_json_close(j, '}');
}

static void put_json(struct page *p, const struct hk_ntfs_item *i)
{
  struct hk_json j;
  char sid[HK_SID_SIZE];
  hk_json_init(&j, &p->out);
  hk_json_open(&j, '{');
  hk_json_put_str(&j, "path", hk_buf_view(&p->path));
  if (p->l->shadow > 0) hk_json_put_int(&j, "shadow", (int64_t)p->l->shadow);
  if (i->in_index) hk_json_put_bool(&j, "index_slack", true);
  hk_json_key(&j, "record");
  if (i->in_index && i->sequence == 0)
    hk_json_null(&j);
  else
    hk_json_int(&j, (int64_t)i->record);
  hk_json_put_int(&j, "sequence", i->sequence);
  hk_json_put_bool(&j, "deleted", !i->in_use);
  hk_json_put_bool(&j, "orphan", i->is_orphan);
  hk_json_put_bool(&j, "directory", i->is_directory);
  hk_json_put_bool(&j, "data", i->has_data);
  hk_json_put_str(&j, "stream", i->stream);
  hk_json_put_int(&j, "size", (int64_t)i->size_bytes);
  hk_json_put_int(&j, "allocated", (int64_t)i->allocated_bytes);
  hk_json_put_int(&j, "attributes", i->standard.attributes);
  hk_json_put_int(&j, "reparse_tag", i->reparse_tag);
  hk_json_put_int(&j, "links", i->n_links);
  hk_json_put_str(&j, "short_name", i->short_name);
  hk_json_put_str(&j, "owner", hk_ntfs_item_owner(p->l->volume, i, sid));
  put_times(p, &j, "standard_information", &i->standard.times);
  put_times(p, &j, "file_name", &i->name_times);
  hk_json_close(&j, '}');
  hk_buf_u8(&p->out, '\n');
}

static void put_plain(struct page *p, const struct hk_ntfs_item *i)
{
  char iso[HK_ISO_SIZE];
  char sid[HK_SID_SIZE];
  struct line head;
  head.n = head.time_n = 0;
  add_char(&head, i->is_directory ? 'd' : ' ');
  add_char(&head, i->in_use ? ' ' : i->in_index ? '$' : '*');
  for (uint64_t room = 1000000000000000; room > i->size_bytes && room > 1; room /= 10) add_char(&head, ' ');
  add_number(&head, i->size_bytes);
  add_char(&head, ' ');
  add_padded(&head, hk_str_of(hk_time_iso(i->standard.times.modified_at, iso)), 28);
  add_padded(&head, hk_ntfs_item_owner(p->l->volume, i, sid), 46);
  hk_buf_add(&p->out, head.text, head.n);
  if (p->l->shadow > 0) hk_buf_printf(&p->out, "VSS%zu\\", p->l->shadow);
  put_text(&p->out, hk_buf_view(&p->path), '\\');
  hk_buf_u8(&p->out, '\n');
}

static bool flush(void *hand)
{
  struct page *const p = hand;
  if (!hk_console_bytes(p->out.p, p->out.n)) p->l->closed = true;
  hk_buf_reset(&p->out);
  return !p->l->closed;
}

/* A file may have a thousand names, each with thousands of streams. */
static bool is_full(void *hand)
{
  return ((const struct page *)hand)->out.n >= PAGE_BYTES;
}

static bool on_item(void *hand, const struct hk_ntfs_item *i)
{
  struct page *const p = hand;
  const struct listing *const l = p->l;
  hk_buf_reset(&p->path);
  hk_buf_u8(&p->path, (uint8_t)l->volume->letter);
  hk_buf_u8(&p->path, ':');
  hk_buf_str(&p->path, i->path);
  if (l->glob.n > 0 && !hk_glob_match(l->glob, hk_buf_view(&p->path))) return true;
  if (l->o->bodyfile) {
    hk_buf_reset(&p->body_path);
    hk_buf_z(&p->body_path, "0|");
    if (l->shadow > 0) hk_buf_printf(&p->body_path, "VSS%zu/", l->shadow);
    put_text(&p->body_path, hk_buf_view(&p->path), '/');
    if (i->stream.n == 0 && i->has_name) put_body(p, i, true);
    if (i->stream.n > 0 || i->data_type != 0 || !i->has_name) put_body(p, i, false);
  } else if (l->o->jsonl) {
    put_json(p, i);
  } else {
    put_plain(p, i);
  }
  return true;
}

static int report(const struct hk_options *o, const struct hk_ntfs_image *image)
{
  bool lost = image->n_locked > 0 || image->damaged.code != HK_OK;
  uint64_t damaged = 0, unreadable = 0;
  for (size_t k = 0; k < image->n; k++) {
    const struct hk_ntfs_list_counts *const c = hk_ntfs_list_counts(image->v[k].list);
    damaged += c->n_damaged;
    unreadable += c->n_unreadable;
    lost = lost || c->limited;
  }
  if (!o->quiet && (damaged > 0 || unreadable > 0 || lost))
    hk_console_error(o->japanese ? "hikeshi ls: 壊れたレコード %llu、読めないレコード %llu、BitLocker で読めないボリューム %zu%s"
                                 : "hikeshi ls: %llu damaged records, %llu unreadable records, %zu volumes locked by BitLocker%s",
                     (unsigned long long)damaged, (unsigned long long)unreadable, image->n_locked, lost ? " (!)" : "");
  if (!o->quiet && image->damaged.code != HK_OK) (void)hk_run_fail(o, image->damaged, o->operands[0], HK_EXIT_PARTIAL);
  return lost || unreadable > 0 ? HK_EXIT_PARTIAL : HK_EXIT_OK;
}

static void page_init(struct page *p, struct listing *l)
{
  *p = (struct page){.l = l};
  hk_buf_init(&p->out, PAGE_BYTES + ((size_t)4 << 20));
  hk_buf_init(&p->path, (size_t)1 << 20);
  hk_buf_init(&p->body_path, (size_t)1 << 20);
  for (unsigned i = 0; i < TIMES; i++) hk_buf_init(&p->times[i].json, 64);
}

static void page_done(struct page *p)
{
  hk_buf_done(&p->out);
  hk_buf_done(&p->path);
  hk_buf_done(&p->body_path);
  for (unsigned i = 0; i < TIMES; i++) hk_buf_done(&p->times[i].json);
}

static bool on_slack(void *hand, const struct hk_ntfs_item *i)
{
  return on_item(hand, i) && (!is_full(hand) || flush(hand));
}

static void list_slack(struct listing *l, const struct hk_ntfs_image *image, struct page *p)
{
  const int code = hk_ls_slack(l->o, image, l->volume, on_slack, p);
  if (code != HK_EXIT_OK) l->slack_code = code;
  if (!l->closed) (void)flush(p);
}

static hk_err list_image(struct listing *l, struct hk_ntfs_image *image)
{
  struct page pages[HK_NTFS_HANDS_MAX];
  struct hk_ntfs_crew crew = {.n = hk_ntfs_hands(), .on = on_item, .full = is_full, .over = flush};
  hk_err e = hk_ok();
  for (unsigned i = 0; i < crew.n; i++) {
    page_init(&pages[i], l);
    crew.hands[i] = &pages[i];
  }
  for (size_t k = 0; k < image->n && !l->closed && e.code == HK_OK; k++) {
    l->volume = &image->v[k];
    e = hk_ntfs_crew_run(l->volume->list, l->o->deleted, &crew);
    if (l->o->slack && !l->closed && e.code == HK_OK) list_slack(l, image, &pages[0]);
  }
  for (unsigned i = 0; i < crew.n; i++) page_done(&pages[i]);
  return e;
}

static int fail(const struct listing *l, hk_err e)
{
  return hk_run_fail(l->o, e, l->o->operands[0], HK_EXIT_PARTIAL);
}

static int list_shadow(struct listing *l, struct hk_ntfs_shadows *s, size_t n, char letter)
{
  struct hk_ntfs_image *then = NULL;
  hk_err e = hk_ntfs_image_open_shadow(s, n, letter, &then);
  if (e.code != HK_OK) return fail(l, e);
  l->shadow = n + 1;
  e = list_image(l, then);
  int code = e.code == HK_OK ? report(l->o, then) : fail(l, e);
  if (hk_ntfs_shadows_info(s, n)->doubtful) code = fail(l, hk_fail(HK_DAMAGED, "a newer shadow copy is damaged, and this one rests on it", HK_NO_OFFSET));
  hk_ntfs_image_close(then);
  return code;
}

/* The chosen shadow copies of every volume. A number that no volume has is absent. */
static int list_shadows(struct listing *l, const struct hk_ntfs_image *image, const struct hk_shadow_choice *choice)
{
  int code = HK_EXIT_OK;
  bool found = false;
  for (size_t k = 0; k < image->n && !l->closed; k++) {
    struct hk_ntfs_shadows *s = NULL;
    hk_err e = hk_ntfs_image_shadows(image, k, &s);
    if (e.code == HK_ABSENT) continue;
    if (e.code != HK_OK) code = fail(l, e);
    for (size_t n = 0; e.code == HK_OK && n < hk_ntfs_shadows_count(s) && !l->closed; n++) {
      if (!choice->all && n + 1 != choice->number) continue;
      found = true;
      const int one = list_shadow(l, s, n, image->v[k].letter);
      if (one != HK_EXIT_OK) code = one;
    }
    if (e.code == HK_OK && hk_ntfs_shadows_lost(s).code != HK_OK) code = fail(l, hk_ntfs_shadows_lost(s));
    hk_ntfs_shadows_close(s);
  }
  if (!found && !choice->all && code == HK_EXIT_OK)
    return hk_run_fail(l->o, hk_fail(HK_ABSENT, "find a shadow copy of that number", HK_NO_OFFSET), l->o->operands[0], HK_EXIT_SOURCE);
  return code;
}

static int list(struct listing *l, struct hk_ntfs_image *image, const struct hk_shadow_choice *choice)
{
  if (choice->all || choice->number > 0) return list_shadows(l, image, choice);
  const hk_err e = list_image(l, image);
  return e.code != HK_OK ? hk_run_fail(l->o, e, l->o->operands[0], HK_EXIT_SOURCE) : report(l->o, image);
}

int hk_run_ls(const struct hk_options *o)
{
  struct hk_ntfs_image *image = NULL;
  struct hk_shadow_choice choice = {.number = 0};
  (void)hk_shadow_choice_parse(o->shadow, &choice);
  hk_err e = hk_ntfs_image_open(o->operands[0], &image);
  if (e.code == HK_ABSENT && hk_ntfs_image_open_mft(o->operands[0], &image).code == HK_OK) e = hk_ok();
  if (e.code != HK_OK) return hk_run_fail(o, e, o->operands[0], HK_EXIT_SOURCE);
  struct listing l = {.o = o, .glob = o->n_operands > 1 ? o->operands[1] : hk_str_of("")};
  int code = choice.list ? hk_run_list_shadows(o, image) : list(&l, image, &choice);
  if (code == HK_EXIT_OK) code = l.slack_code;
  if (l.closed) code = HK_EXIT_OUTPUT;
  hk_ntfs_image_close(image);
  return code;
}
