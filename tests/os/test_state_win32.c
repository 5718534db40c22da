/* Asking Windows: every topic ends in a whole answer, whatever Windows can tell. */
#include "check.h"

#include "base/json_read.h"
#include "os/state.h"

static bool at_once(void)
{
  return true;
}

struct answer {
  struct hk_buf text;
  struct hk_json_object head, end;
  struct hk_arena arena;
  uint64_t n_rows;
};

/* Every line is an object; the first and the last are ours. */
static void read_answer(struct answer *a, const char *topic)
{
  struct hk_cur text = hk_cur_over(a->text.p, a->text.n);
  struct hk_cur line;
  hk_arena_init(&a->arena, 0);
  CHECK(hk_json_next_line(&text, &line));
  CHECK_EQ_INT(hk_json_read(&line, &a->arena, &a->head).code, HK_OK);
  const struct hk_json_member *const name = hk_json_find(&a->head, "state");
  CHECK(name != NULL && hk_str_eq(name->text, hk_str_of(topic)));
  a->n_rows = 0;
  a->end.n = 0;
  while (hk_json_next_line(&text, &line)) {
    CHECK(hk_json_find(&a->end, "end") == NULL);
    CHECK_EQ_INT(hk_json_read(&line, &a->arena, &a->end).code, HK_OK);
    if (hk_json_find(&a->end, "end") == NULL) a->n_rows++;
  }
  const struct hk_json_member *const rows = hk_json_find(&a->end, "rows");
  CHECK(rows != NULL);
  CHECK_EQ_INT(rows->number, a->n_rows);
}

TEST(test_state__every_topic_gives_a_whole_answer)
{
  struct os_state *s = NULL;
  CHECK_EQ_INT(os_state_open(&s).code, HK_OK);
  CHECK(os_state_count() > 20);
  for (size_t i = 0; i < os_state_count(); i++) {
    static struct answer a;
    hk_time at = 0;
    hk_buf_init(&a.text, OS_STATE_BYTES);
    CHECK_EQ_INT(os_state_ask(s, i, NULL, &a.text, &at).code, HK_OK);
    CHECK(at != HK_TIME_UNKNOWN);
    read_answer(&a, os_state_name(i));
    const hk_str outcome = hk_json_find(&a.end, "outcome")->text;
    printf("  %-16s %6llu rows %8zu bytes %.*s\n", os_state_name(i), (unsigned long long)a.n_rows, a.text.n, (int)outcome.n, outcome.p);
    if (getenv("HIKESHI_SHOW_STATE") != NULL) printf("%.*s", (int)a.text.n, (const char *)a.text.p);
    hk_arena_done(&a.arena);
    hk_buf_done(&a.text);
  }
  os_state_close(s);
}

TEST(test_state__an_interrupt_still_gives_an_answer)
{
  struct os_state *s = NULL;
  static struct answer a;
  hk_time at = 0;
  CHECK_EQ_INT(os_state_open(&s).code, HK_OK);
  const size_t last = os_state_count() - 1; /* the slowest */
  hk_buf_init(&a.text, OS_STATE_BYTES);
  CHECK_EQ_INT(os_state_ask(s, last, at_once, &a.text, &at).code, HK_OK);
  read_answer(&a, os_state_name(last));
  hk_arena_done(&a.arena);
  hk_buf_done(&a.text);
  os_state_close(s);
}
