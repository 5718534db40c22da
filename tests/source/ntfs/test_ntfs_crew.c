/* A listing by several threads is the listing by one: a $MFT of three thousand records, twelve blocks. */
#include "check.h"

#include <stdlib.h>

#include "base/buf.h"
#include "ntfs/lone.h"
#include "source/ntfs/crew.h"

enum { N_RECORDS = 3000, RECORD = 1024 };

static void put16(uint8_t *p, unsigned v)
{
  p[0] = (uint8_t)v;
  p[1] = (uint8_t)(v >> 8);
}

/* "FILE" with one $FILE_NAME in the root: "n" and five digits. */
static void make_record(uint8_t *r, unsigned number)
{
  uint8_t *const a = r + 56, *const name = a + 24;
  char text[8];
  memset(r, 0, RECORD);
  memcpy(r, "FILE", 4);
  put16(r + 4, 48), put16(r + 6, 3), put16(r + 16, 1), put16(r + 18, 1), put16(r + 20, 56);
  put16(r + 22, number == 5 ? 3 : 1);
  put16(r + 24, 56 + 104 + 8), put16(r + 28, RECORD), put16(r + 44, number);
  put16(a, 0x30), put16(a + 4, 104), put16(a + 16, 78), put16(a + 20, 24);
  put16(name, 5), put16(name + 6, 1);
  name[64] = 6;
  (void)snprintf(text, sizeof text, "n%05u", number);
  for (size_t i = 0; i < 6; i++) name[66 + 2 * i] = (uint8_t)text[i];
  memset(a + 104, 0xFF, 4);
  for (size_t end = 510; end < RECORD; end += 512) put16(r + end, 7);
  put16(r + 48, 7);
}

struct table {
  struct hk_bytes bytes;
  uint8_t *p;
  uint64_t bad_from, bad_to; /* records that cannot be read */
};

static hk_err read_at(struct hk_bytes *self, uint64_t offset, void *out, size_t n, size_t *got)
{
  const struct table *const t = (const struct table *)(const void *)self;
  *got = 0;
  if (offset < t->bad_to * RECORD && offset + n > t->bad_from * RECORD) return hk_fail(HK_IO, "read", (int64_t)offset);
  *got = offset >= self->size_bytes ? 0 : n < self->size_bytes - offset ? n : (size_t)(self->size_bytes - offset);
  memcpy(out, t->p + offset, *got);
  return hk_ok();
}

static void make_table(struct table *t)
{
  *t = (struct table){.bytes = {.size_bytes = (uint64_t)N_RECORDS * RECORD, .read_at = read_at}, .p = malloc((size_t)N_RECORDS * RECORD)};
  CHECK(t->p != NULL);
  for (unsigned i = 0; i < N_RECORDS; i++) make_record(t->p + (size_t)i * RECORD, i);
}

/* What the crew hands over, in order. */
struct whole {
  struct hk_buf text;
  unsigned n_over;
  size_t stop_at; /* bytes; 0 = never */
};

struct part {
  struct whole *whole;
  struct hk_buf text;
  size_t full_at;
};

static bool on_item(void *hand, const struct hk_ntfs_item *i)
{
  struct part *const p = hand;
  hk_buf_str(&p->text, i->path);
  return true;
}

static bool is_full(void *hand)
{
  return ((struct part *)hand)->text.n >= ((struct part *)hand)->full_at;
}

static bool over(void *hand)
{
  struct part *const p = hand;
  struct whole *const w = p->whole;
  hk_buf_str(&w->text, hk_buf_view(&p->text));
  hk_buf_reset(&p->text);
  w->n_over++;
  return w->stop_at == 0 || w->text.n < w->stop_at;
}

static struct hk_ntfs_list_counts run(struct table *t, unsigned n, size_t full_at, struct whole *w)
{
  struct hk_ntfs_lone lone;
  struct hk_ntfs_list *l = NULL;
  struct part parts[HK_NTFS_HANDS_MAX];
  struct hk_ntfs_crew crew = {.n = n, .on = on_item, .full = is_full, .over = over};
  for (unsigned i = 0; i < HK_NTFS_HANDS_MAX; i++) {
    parts[i] = (struct part){.whole = w, .full_at = full_at};
    hk_buf_init(&parts[i].text, (size_t)1 << 20);
    crew.hands[i] = &parts[i];
  }
  hk_buf_init(&w->text, (size_t)1 << 20);
  w->n_over = 0;
  CHECK_EQ_INT(hk_ntfs_lone_open(&t->bytes, &lone).code, HK_OK);
  CHECK_EQ_INT(hk_ntfs_list_open(&lone.mft, &l).code, HK_OK);
  CHECK_EQ_INT(hk_ntfs_crew_run(l, false, &crew).code, HK_OK);
  const struct hk_ntfs_list_counts c = *hk_ntfs_list_counts(l);
  hk_ntfs_list_close(l);
  for (unsigned i = 0; i < HK_NTFS_HANDS_MAX; i++) hk_buf_done(&parts[i].text);
  return c;
}

/* "\" for the root itself, "\n" and five digits for every other record, in their order. */
static void expect(struct hk_buf *out, unsigned from, unsigned to)
{
  for (unsigned i = 0; i < N_RECORDS; i++)
    if (i < from || i >= to) hk_buf_printf(out, i == 5 ? "\\" : "\\n%05u", i);
}

TEST(test_ntfs_crew__any_number_of_hands_lists_in_the_order_of_the_table)
{
  struct table t;
  struct hk_buf expected;
  hk_buf_init(&expected, (size_t)1 << 20);
  make_table(&t);
  expect(&expected, N_RECORDS, N_RECORDS);
  for (unsigned n = 1; n <= HK_NTFS_HANDS_MAX; n++) {
    const size_t full[] = {SIZE_MAX, 1, 40};
    for (size_t k = 0; k < sizeof full / sizeof full[0]; k++) {
      struct whole w = {.stop_at = 0};
      const struct hk_ntfs_list_counts c = run(&t, n, full[k], &w);
      CHECK(hk_str_eq(hk_buf_view(&w.text), hk_buf_view(&expected)));
      CHECK_EQ_INT(c.n_in_use, N_RECORDS);
      CHECK_EQ_INT(c.n_records, N_RECORDS);
      if (full[k] == SIZE_MAX) CHECK_EQ_INT(w.n_over, 12);
      hk_buf_done(&w.text);
    }
  }
  hk_buf_done(&expected);
  free(t.p);
}

TEST(test_ntfs_crew__what_cannot_be_read_costs_itself_with_any_number_of_hands)
{
  struct table t;
  struct hk_buf expected;
  hk_buf_init(&expected, (size_t)1 << 20);
  make_table(&t);
  t.bad_from = 700;
  t.bad_to = 1300;
  expect(&expected, 700, 1300);
  for (unsigned n = 1; n <= HK_NTFS_HANDS_MAX; n++) {
    struct whole w = {.stop_at = 0};
    const struct hk_ntfs_list_counts c = run(&t, n, SIZE_MAX, &w);
    CHECK(hk_str_eq(hk_buf_view(&w.text), hk_buf_view(&expected)));
    CHECK_EQ_INT(c.n_unreadable, 2 * 600); /* in both passes */
    hk_buf_done(&w.text);
  }
  hk_buf_done(&expected);
  free(t.p);
}

TEST(test_ntfs_crew__nothing_is_handed_over_behind_a_stop)
{
  struct table t;
  struct hk_buf expected;
  hk_buf_init(&expected, (size_t)1 << 20);
  make_table(&t);
  expect(&expected, N_RECORDS, N_RECORDS);
  for (unsigned n = 1; n <= HK_NTFS_HANDS_MAX; n++) {
    struct whole w = {.stop_at = 5000};
    (void)run(&t, n, SIZE_MAX, &w);
    /* A block of 256 records is 256 times "\n" and five digits: the third passes 5,000. */
    CHECK_EQ_INT(w.n_over, 3);
    CHECK(hk_str_starts(hk_buf_view(&expected), hk_buf_view(&w.text)));
    hk_buf_done(&w.text);
  }
  hk_buf_done(&expected);
  free(t.p);
}
