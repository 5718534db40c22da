/* A window of a MiB moves over the bytes. An entry begins at a multiple of 8 from where the first one was found: a journal cut out
   by hand may begin anywhere, so until then every byte is tried. */
#include "usn/scan.h"

#include <string.h>

#define WINDOW ((size_t)1 << 20)

struct window {
  struct hk_cur bytes;
  uint64_t offset; /* of bytes.base in the artefact */
  bool aligned;    /* an entry was found: others begin at multiples of 8 from it */
  bool losing;
};

/* How many bytes from the position on are zero, in steps of 8. */
static size_t zeroes(const struct hk_cur *c)
{
  static const uint8_t none[64];
  const uint8_t *const p = c->base + c->pos;
  const size_t left = c->size - c->pos;
  size_t n = 0;
  while (n + sizeof none <= left && memcmp(p + n, none, sizeof none) == 0) n += sizeof none;
  while (n + 8 <= left && memcmp(p + n, none, 8) == 0) n += 8;
  return n;
}

static void lose(struct usn_scan *s, struct window *w, size_t n)
{
  if (!w->losing && s->n_losses++ == 0) s->first_loss = w->offset + w->bytes.pos;
  w->losing = true;
  s->lost_bytes += n;
  hk_skip(&w->bytes, n);
}

/* Goes through the window until an entry could reach over its end, or, in the last, to the end. */
static void scan_window(struct usn_scan *s, struct window *w, bool last, void (*on)(void *, uint64_t, const struct usn_entry *), void *ctx)
{
  struct hk_cur *const c = &w->bytes;
  const size_t keep = last ? 0 : USN_PAGE;
  while (c->size - c->pos > keep) {
    const size_t empty = zeroes(c);
    if (empty > 0) {
      hk_skip(c, empty);
      w->losing = false;
      continue;
    }
    struct usn_entry e;
    if (usn_entry_read(c, &e)) {
      on(ctx, w->offset + c->pos, &e);
      s->n_entries++;
      hk_skip(c, e.length);
      w->aligned = true;
      w->losing = false;
      continue;
    }
    const size_t left = c->size - c->pos;
    const size_t step = w->aligned ? 8 : 1;
    lose(s, w, step < left ? step : left);
  }
}

hk_err usn_scan_run(struct hk_item *item, struct usn_scan *out, void (*on)(void *ctx, uint64_t offset, const struct usn_entry *e), void *ctx)
{
  struct hk_bytes *const in = hk_item_bytes(item);
  uint8_t *const buffer = hk_alloc(hk_item_arena(item), WINDOW);
  struct window w = {.offset = 0};
  *out = (struct usn_scan){.n_entries = 0};
  if (buffer == NULL) return hk_fail(HK_MEMORY, "read the journal", HK_NO_OFFSET);
  while (w.offset < in->size_bytes) {
    if (hk_item_stop(item)) return hk_fail(HK_CANCELLED, "read the journal", (int64_t)w.offset);
    size_t got = 0;
    const hk_err e = in->read_at(in, w.offset, buffer, WINDOW, &got);
    if (e.code != HK_OK && got == 0) return e;
    w.bytes = hk_cur_over(buffer, got);
    scan_window(out, &w, e.code != HK_OK || w.offset + got >= in->size_bytes, on, ctx);
    w.offset += w.bytes.pos;
    if (e.code != HK_OK) return e;
    if (w.bytes.pos == 0) break;
  }
  return hk_ok();
}
