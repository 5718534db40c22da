/* hikeshi embed: settings into a program, so that whoever double-clicks or pushes it has nothing to type. */
#include <stdlib.h>

#include "os/os.h"
#include "run/commands.h"
#include "run/config.h"
#include "run/console.h"
#include "run/exit.h"
#include "run/settings.h"
#include "store/age.h"

#define BLOCK_BYTES ((size_t)256 * 1024)

/* The program without the settings it may have had. */
static hk_err copy_program(struct os_file *in, struct os_file *out, uint64_t size_bytes)
{
  uint8_t *const block = malloc(BLOCK_BYTES);
  if (block == NULL) return hk_fail(HK_MEMORY, "copy the program", HK_NO_OFFSET);
  hk_err e = hk_ok();
  for (uint64_t at = 0; at < size_bytes && e.code == HK_OK;) {
    size_t got = 0;
    const uint64_t left = size_bytes - at;
    e = os_read_at(in, at, block, left < BLOCK_BYTES ? (size_t)left : BLOCK_BYTES, &got);
    if (e.code == HK_OK && got == 0) e = hk_fail(HK_TRUNCATED, "copy the program", (int64_t)at);
    if (e.code == HK_OK) e = os_write(out, block, got);
    at += got;
  }
  free(block);
  return e;
}

/* Our program and not just any file: settings in something else would never be read. */
static hk_err check_program(const uint8_t *head, size_t n)
{
  const bool windows = n > 2 && head[0] == 'M' && head[1] == 'Z';
  const bool elf = n >= 4 && head[0] == 0x7F && head[1] == 'E' && head[2] == 'L' && head[3] == 'F';
  return windows || elf ? hk_ok() : hk_fail(HK_USAGE, "embed: no program", HK_NO_OFFSET);
}

/* Where the program itself ends: before its settings, if it has some. */
static hk_err end_of_program(struct hk_arena *a, hk_str program, uint64_t *size)
{
  const uint8_t *tail = NULL;
  size_t n = 0;
  size_t at = 0;
  uint64_t from = 0;
  hk_str old = HK_S("");
  HK_TRY(hk_config_tail(a, program, &tail, &n, &from));
  const hk_err e = hk_config_find(tail, n, &old, &at);
  if (e.code == HK_ABSENT)
    *size = from + n;
  else if (e.code == HK_OK)
    *size = from + at;
  else
    return e;
  return hk_ok();
}

static hk_err write_program(hk_str program, uint64_t size_bytes, hk_str text, hk_str path)
{
  struct os_file *in = NULL;
  struct os_file *out = NULL;
  struct hk_buf block;
  uint8_t head[4] = {0};
  size_t got = 0;
  HK_TRY(os_open(program, OS_READ, &in));
  hk_buf_init(&block, HK_CONFIG_LIMIT + 4096);
  hk_config_put(&block, text);
  hk_err e = block.failed ? hk_fail(HK_LIMIT, "embed: more than 64 KiB of settings", HK_NO_OFFSET) : os_read_at(in, 0, head, sizeof head, &got);
  if (e.code == HK_OK) e = check_program(head, got);
  if (e.code == HK_OK) e = os_open(path, OS_CREATE_NEW, &out);
  if (e.code == HK_OK) {
    e = copy_program(in, out, size_bytes);
    if (e.code == HK_OK) e = os_write(out, block.p, block.n);
    if (e.code == HK_OK) e = os_flush(out);
    os_close(out);
    if (e.code == HK_OK) e = os_make_executable(path);
    if (e.code != HK_OK) (void)os_remove(path);
  }
  hk_buf_done(&block);
  os_close(in);
  return e;
}

/* What was given on the command line joins the settings as lines of its own. */
static hk_str with_recipients(const struct hk_options *o, struct hk_arena *a, hk_str text)
{
  for (size_t i = 0; i < o->recipients.n; i++)
    text = hk_str_printf(a, "%.*s%srecipient = %.*s\n", (int)text.n, text.p, text.n == 0 || text.p[text.n - 1] == '\n' ? "" : "\n",
                         (int)o->recipients.v[i].n, o->recipients.v[i].p);
  return text;
}

/* A key that was copied wrongly must not be found out on the suspect PC. *which is the one that is none. */
static hk_err check_recipients(hk_str text, hk_str *which)
{
  struct hk_age_recipients keys = {0};
  struct hk_config_reader r = {.left = text};
  hk_str key = HK_S("");
  hk_err e = hk_ok();
  while (e.code == HK_OK && hk_config_next(&r, &key, which))
    if (hk_str_eq(key, HK_S("recipient"))) e = hk_age_recipients_add(&keys, *which);
  hk_age_recipients_done(&keys);
  return e;
}

static int embed(const struct hk_options *o, struct hk_arena *a)
{
  hk_str text = HK_S("");
  char why[256] = "";
  const hk_str program = o->n_operands == 1 ? o->operands[0] : os_self_path(a);
  hk_err e = hk_config_file(a, o->config, &text);
  if (e.code != HK_OK) return hk_run_fail(o, e, o->config, HK_EXIT_SOURCE);
  text = with_recipients(o, a, text);
  e = hk_settings_check(a, text, o->config, o->japanese, why);
  if (e.code != HK_OK) {
    hk_console_error("hikeshi: %s", why[0] == 0 ? e.step : why);
    return HK_EXIT_USAGE;
  }
  hk_str recipient = HK_S("");
  e = check_recipients(text, &recipient);
  if (e.code != HK_OK) return hk_run_fail(o, e, e.code == HK_REFUSED ? HK_S("--recipient") : recipient, HK_EXIT_USAGE); /* a secret is not shown */
  uint64_t size = 0;
  e = end_of_program(a, program, &size);
  if (e.code != HK_OK) return hk_run_fail(o, e, program, HK_EXIT_SOURCE);
  e = write_program(program, size, text, o->out);
  if (e.code != HK_OK) return hk_run_fail(o, e, e.code == HK_USAGE && e.os == 0 ? program : o->out, e.code == HK_USAGE ? HK_EXIT_USAGE : HK_EXIT_OUTPUT);
  hk_console_line(o->japanese ? "設定を入れたプログラム: %.*s" : "Program with the settings: %.*s", (int)o->out.n, o->out.p);
  return HK_EXIT_OK;
}

int hk_run_embed(const struct hk_options *o)
{
  struct hk_arena a;
  hk_arena_init(&a, 0);
  const int code = embed(o, &a);
  hk_arena_done(&a);
  return code;
}
