/* Secrets in memory. */
#include "store/secret.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "os/os.h"

#define LARGEST_FILE ((size_t)256 << 10)

void hk_secret_wipe(void *p, size_t n)
{
  sodium_memzero(p, n);
}

hk_err hk_passphrase_set(struct hk_passphrase *to, hk_str s)
{
  if (s.n == 0) return hk_fail(HK_USAGE, "take the passphrase: it is empty", HK_NO_OFFSET);
  if (s.n > sizeof to->p) return hk_fail(HK_USAGE, "take the passphrase: it is too long", HK_NO_OFFSET);
  memcpy(to->p, s.p, s.n);
  to->n = s.n;
  return hk_ok();
}

static hk_err read_all(struct os_file *f, struct hk_secret_text *t)
{
  for (;;) {
    size_t got = 0;
    if (t->n > LARGEST_FILE) return hk_fail(HK_LIMIT, "read key file: it is too large for one", HK_NO_OFFSET);
    HK_TRY(os_read(f, t->p + t->n, LARGEST_FILE + 1 - t->n, &got));
    if (got == 0) return hk_ok();
    t->n += got;
  }
}

hk_err hk_secret_read(hk_str os_path, struct hk_secret_text *out)
{
  struct os_file *f = NULL;
  struct hk_secret_text t = {.p = malloc(LARGEST_FILE + 1)};
  if (t.p == NULL) return hk_fail(HK_MEMORY, "read key file", HK_NO_OFFSET);
  hk_err e = os_open(os_path, OS_READ, &f);
  if (e.code == HK_OK) e = read_all(f, &t);
  os_close(f);
  if (e.code == HK_OK)
    *out = t;
  else
    hk_secret_done(&t);
  return e;
}

void hk_secret_done(struct hk_secret_text *t)
{
  if (t->p == NULL) return;
  sodium_memzero(t->p, LARGEST_FILE + 1);
  free(t->p);
  *t = (struct hk_secret_text){.p = NULL};
}

hk_str hk_secret_str(const struct hk_secret_text *t)
{
  return (hk_str){.p = (const char *)t->p, .n = t->n};
}

bool hk_secret_line(hk_str text, size_t *at, hk_str *line)
{
  if (*at >= text.n) return false;
  const hk_str rest = hk_str_sub(text, *at, text.n);
  *line = hk_str_sub(rest, 0, hk_str_find(rest, '\n'));
  *at += line->n + 1;
  if (line->n > 0 && line->p[line->n - 1] == '\r') line->n--;
  return true;
}
