/* The run log. */
#include "run/log.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hktime.h"
#include "base/json.h"
#include "os/os.h"
#include "run/console.h"

#define LOG_LIMIT ((size_t)16 * 1024 * 1024)
#define LOG_RESERVE ((size_t)64 * 1024) /* more than a message of 2 KB, each byte escaped */
#define MOST_SHOWN 200u

struct hk_log {
  struct os_mutex *mutex;
  struct hk_buf text;
  struct hk_buf json;
  bool quiet;
  bool full;
  unsigned n_shown;
};

struct hk_log *hk_log_open(bool quiet)
{
  struct hk_log *const l = calloc(1, sizeof *l);
  if (l == NULL) return NULL;
  l->mutex = os_mutex_new();
  if (l->mutex == NULL) {
    free(l);
    return NULL;
  }
  l->quiet = quiet;
  hk_buf_init(&l->text, LOG_LIMIT);
  hk_buf_init(&l->json, LOG_LIMIT);
  return l;
}

void hk_log_close(struct hk_log *l)
{
  if (l == NULL) return;
  os_mutex_free(l->mutex);
  hk_buf_done(&l->text);
  hk_buf_done(&l->json);
  free(l);
}

static void add(struct hk_log *l, hk_time now, const char *level, hk_str message)
{
  char iso[HK_ISO_SIZE];
  hk_buf_printf(&l->text, "%s %s ", hk_time_iso(now, iso), level);
  hk_json_escape(&l->text, message);
  hk_buf_u8(&l->text, '\n');
  struct hk_json j;
  hk_json_init(&j, &l->json);
  hk_json_open(&j, '{');
  hk_json_put_int(&j, "_ts", hk_time_to_unix_us(now) / 1000000);
  hk_json_put_int(&j, "client_time", hk_time_to_unix_us(now) / 1000000);
  hk_json_put_z(&j, "level", level);
  hk_json_put_str(&j, "message", message);
  hk_json_close(&j, '}');
  hk_buf_u8(&l->json, '\n');
}

/* Both forms end with the same line, whole: half a JSON line would spoil the file. The last one says that it is. */
static void put(struct hk_log *l, const char *level, hk_str message)
{
  const hk_time now = os_now();
  os_lock(l->mutex);
  if (!l->full && (l->text.n > LOG_LIMIT - LOG_RESERVE || l->json.n > LOG_LIMIT - LOG_RESERVE)) {
    l->full = true;
    add(l, now, "WARN", HK_S("the log is full: what follows is in coverage and manifest only"));
  }
  if (!l->full) add(l, now, level, message);
  os_unlock(l->mutex);
}

/* The console is for people: the first of many alike. */
static bool may_show(struct hk_log *l)
{
  os_lock(l->mutex);
  const unsigned n = l->n_shown < UINT_MAX ? l->n_shown++ : l->n_shown;
  os_unlock(l->mutex);
  if (n == MOST_SHOWN) hk_console_error("...");
  return n < MOST_SHOWN;
}

static void put_format(struct hk_log *l, const char *level, bool show, const char *format, va_list args)
{
  char message[2048];
  const int n = vsnprintf(message, sizeof message, format, args);
  if (n < 0) return;
  put(l, level, hk_str_of(message));
  if (show && !l->quiet && may_show(l)) hk_console_error("%s", message);
}

void hk_log_info(struct hk_log *l, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  put_format(l, "INFO", false, format, args);
  va_end(args);
}

void hk_log_warn(struct hk_log *l, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  put_format(l, "WARN", true, format, args);
  va_end(args);
}

void hk_log_item(struct hk_log *l, const char *module, hk_str path, hk_err e, const char *why)
{
  char at[32] = "";
  if (e.offset != HK_NO_OFFSET) (void)snprintf(at, sizeof at, " at %lld", (long long)e.offset);
  hk_log_warn(l, "%s: %.*s: %s%s: %s%s%s%s", module, (int)(path.n > 1000 ? 1000 : path.n), path.p, hk_code_name(e.code), at,
              e.step == NULL ? "" : e.step, why[0] == 0 ? "" : " (", why, why[0] == 0 ? "" : ")");
}

hk_str hk_log_text(const struct hk_log *l)
{
  return hk_buf_view(&l->text);
}

hk_str hk_log_json(const struct hk_log *l)
{
  return hk_buf_view(&l->json);
}
