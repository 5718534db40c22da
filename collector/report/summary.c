/* The five answers for the console: plain lines, no escape sequences, names made visible. */
#include "report/html.h"
#include "report/words.h"

#include "base/json.h"

/* Sentences hold names that were made visible already; this is the last guard before a terminal. */
static void put_safe(struct hk_buf *out, hk_str s)
{
  for (size_t i = 0; i < s.n;) {
    const uint32_t c = hk_str_next(s, &i);
    char utf8[4];
    if (hk_char_is_hostile(c))
      hk_buf_printf(out, "<U+%04X>", (unsigned)c);
    else
      hk_buf_add(out, utf8, hk_utf8_put(c, utf8));
  }
}

hk_err hk_report_summary(const struct hk_answers *a, bool japanese, struct hk_buf *out)
{
  struct hk_arena arena;
  hk_arena_init(&arena, 1 << 22);
  for (int q = 0; q < HK_Q_COUNT; q++) {
    const struct hk_answer *const one = &a->answers[q];
    const hk_str line[] = {hk_str_of(hk_text_in(hk_words_question((enum hk_question)q), japanese)),
                           hk_str_of(hk_text_in(hk_words_level(one->level), japanese)), hk_str_of(hk_text_in(one->claim, japanese))};
    hk_buf_printf(out, "%d ", q + 1);
    put_safe(out, hk_str_of(hk_text_in(hk_words_fill(&arena, HK_TEXT_SUMMARY_LINE, line, 3), japanese)));
    hk_buf_u8(out, '\n');
    const hk_str doubt = hk_str_of(hk_text_in(one->doubt, japanese));
    if (doubt.n == 0) continue;
    put_safe(out, hk_str_of(hk_text_in(hk_words_fill(&arena, HK_TEXT_SUMMARY_DOUBT, &doubt, 1), japanese)));
    hk_buf_u8(out, '\n');
  }
  hk_arena_done(&arena);
  return out->failed ? hk_fail(HK_MEMORY, "write the summary", HK_NO_OFFSET) : hk_ok();
}
