/* hikeshi cat: the bytes of one file, or of one of its streams, on standard output. */
#include <stdlib.h>

#include "run/commands.h"
#include "run/console.h"
#include "run/exit.h"
#include "source/source.h"

#define BLOCK_BYTES ((size_t)1 << 20)

static int copy(const struct hk_options *o, struct hk_stream *in)
{
  uint8_t *const block = malloc(BLOCK_BYTES);
  hk_err e = block == NULL ? hk_fail(HK_MEMORY, "print a file", HK_NO_OFFSET) : hk_ok();
  bool open = true;
  for (size_t got = 1; e.code == HK_OK && open && got > 0;) {
    e = in->read(in, block, BLOCK_BYTES, &got);
    open = hk_console_bytes(block, got);
  }
  free(block);
  if (e.code != HK_OK) return hk_run_fail(o, e, o->operands[1], HK_EXIT_PARTIAL);
  return open ? HK_EXIT_OK : HK_EXIT_OUTPUT;
}

int hk_run_cat(const struct hk_options *o)
{
  struct hk_source *source = NULL;
  struct hk_stream *in = NULL;
  hk_err e = hk_run_open_source(o->operands[0], &source);
  if (e.code != HK_OK) return hk_run_fail(o, e, o->operands[0], HK_EXIT_SOURCE);
  e = source->ops->open(source, o->operands[1], &in);
  const int code = e.code == HK_OK ? copy(o, in) : hk_run_fail(o, e, o->operands[1], HK_EXIT_SOURCE);
  if (e.code == HK_OK) in->close(in);
  source->ops->close(source);
  return code;
}
