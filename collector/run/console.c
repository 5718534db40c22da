/* Console output. */
#include "run/console.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/json.h"
#include "os/os.h"

#define BAR_COLUMNS 76
#define LINE_LIMIT ((size_t)1024 * 1024)

/* Lines and bar come from different threads. The lock is held for one write; a spin is enough. */
static atomic_flag busy = ATOMIC_FLAG_INIT;
static int output = 1; /* where lines go */
static bool bar_shown; /* the cursor stands behind a bar: the next line takes its place */

static void lock(void)
{
  while (atomic_flag_test_and_set(&busy))
    os_sleep_ms(1);
}

static void unlock(void)
{
  atomic_flag_clear(&busy);
}

/* Evidence names end up here: control, bidi and invisible characters are spelled out. */
static void put_visible(struct hk_buf *out, hk_str s)
{
  for (size_t i = 0; i < s.n;) {
    const size_t at = i;
    const uint32_t c = hk_str_next(s, &i);
    if (hk_char_is_hostile(c) && c != '\n' && c != '\t')
      hk_buf_printf(out, "<U+%04X>", (unsigned)c);
    else
      hk_buf_str(out, hk_str_sub(s, at, i));
  }
}

static void put_line(int which, const char *format, va_list args)
{
  char small[1024];
  va_list again;
  va_copy(again, args);
  const int n = vsnprintf(small, sizeof small, format, args);
  const size_t size = n < 0 ? 0 : (size_t)n + 1;
  char *const large = size > sizeof small && size < LINE_LIMIT / 8 ? malloc(size) : NULL;
  if (large != NULL) (void)vsnprintf(large, size, format, again);
  va_end(again);
  if (n < 0) return;
  struct hk_buf out;
  hk_buf_init(&out, LINE_LIMIT);
  lock();
  if (bar_shown) hk_buf_printf(&out, "\r%*s\r", BAR_COLUMNS, "");
  bar_shown = false;
  put_visible(&out, large != NULL ? hk_str_sub(hk_str_of(large), 0, size - 1) : hk_str_of(small));
  hk_buf_u8(&out, '\n');
  if (!out.failed) (void)os_write(os_std(which), out.p, out.n);
  unlock();
  hk_buf_done(&out);
  free(large);
}

void hk_console_keep_output_free(void)
{
  output = 2;
}

void hk_console_line(const char *format, ...)
{
  va_list args;
  va_start(args, format);
  put_line(output, format, args);
  va_end(args);
}

void hk_console_error(const char *format, ...)
{
  va_list args;
  va_start(args, format);
  put_line(2, format, args);
  va_end(args);
}

bool hk_console_bytes(const void *p, size_t n)
{
  return os_write(os_std(output), p, n).code == HK_OK;
}

void hk_progress_start(struct hk_progress *p, uint64_t total_bytes, bool quiet, bool japanese)
{
  *p = (struct hk_progress){.on = !quiet,
                            .terminal = os_is_terminal(2),
                            .japanese = japanese,
                            .total_bytes = total_bytes,
                            .started_ms = os_monotonic_ms()};
}

static void draw_bar(const struct hk_progress *p, uint64_t done, uint64_t now_ms)
{
  const unsigned percent = p->total_bytes == 0 ? 100 : (unsigned)(done * 100 / p->total_bytes);
  const unsigned shown = percent > 100 ? 100 : percent;
  const uint64_t spent_s = (now_ms - p->started_ms) / 1000;
  const uint64_t left_s = done == 0 ? 0 : spent_s * (p->total_bytes > done ? p->total_bytes - done : 0) / done;
  char bar[31];
  for (unsigned i = 0; i < 30; i++)
    bar[i] = i < shown * 30 / 100 ? '#' : '.';
  bar[30] = 0;
  char line[160];
  const int n =
      snprintf(line, sizeof line,
               p->japanese ? "\r[%s] %3u%%  %llu MB  残り約 %llu 秒   " : "\r[%s] %3u%%  %llu MB  about %llu s left   ",
               bar, shown, (unsigned long long)(done >> 20), (unsigned long long)left_s);
  if (n <= 0) return;
  lock();
  (void)os_write(os_std(2), line, (size_t)n < sizeof line ? (size_t)n : sizeof line - 1);
  bar_shown = true;
  unlock();
}

void hk_progress_at(struct hk_progress *p, uint64_t done_bytes)
{
  if (!p->on) return;
  const uint64_t now = os_monotonic_ms();
  if (p->terminal) {
    if (now - p->shown_at_ms < 100) return;
    p->shown_at_ms = now;
    draw_bar(p, done_bytes, now);
    return;
  }
  const unsigned tenth = p->total_bytes == 0 ? 10 : (unsigned)(done_bytes * 10 / p->total_bytes);
  /* 100 % is for the end: files that grew make the plan's total too small. */
  if (tenth <= p->shown_tenth || tenth > 9) return;
  p->shown_tenth = tenth;
  hk_console_error("%u%% (%llu MB)", tenth * 10, (unsigned long long)(done_bytes >> 20));
}

void hk_progress_end(struct hk_progress *p, uint64_t done_bytes, bool complete)
{
  if (!p->on) return;
  if (!p->terminal) {
    if (complete) hk_console_error("100%% (%llu MB)", (unsigned long long)(done_bytes >> 20));
    return;
  }
  if (complete) p->total_bytes = done_bytes;
  draw_bar(p, done_bytes, os_monotonic_ms());
  lock();
  if (bar_shown) (void)os_write(os_std(2), "\n", 1);
  bar_shown = false;
  unlock();
}
