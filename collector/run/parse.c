/* hikeshi parse: the records of loose files, as lines of JSON on standard output. */
#include <stdlib.h>

#include "examine/examine.h"
#include "modules.h"
#include "os/os.h"
#include "record/jsonl.h"
#include "run/commands.h"
#include "run/console.h"
#include "run/exit.h"

#define FLUSH_BYTES ((size_t)256 * 1024)
#define LINE_LIMIT ((size_t)160 * 1024 * 1024) /* as results.c */

struct printing {
  hk_str file;
  struct hk_buf out;
  bool gone; /* standard output takes no more: closed, or its disk is full */
  bool lost; /* a record that was too large to write */
};

struct open_bytes {
  struct hk_bytes bytes;
  struct os_file *file;
};

static hk_err read_file(struct hk_bytes *self, uint64_t offset, void *out, size_t n, size_t *got)
{
  return os_read_at(((struct open_bytes *)(void *)self)->file, offset, out, n, got);
}

static void flush(struct printing *p)
{
  if (p->out.failed) p->lost = true;
  if (p->out.n != 0 && !p->out.failed && !hk_console_bytes(p->out.p, p->out.n)) p->gone = true;
  hk_buf_reset(&p->out);
}

static void on_record(void *ctx, const struct hk_record_type *t, size_t kind, const void *record)
{
  (void)kind;
  struct printing *const p = ctx;
  hk_jsonl_put(&p->out, t, record, p->file);
  if (p->out.n >= FLUSH_BYTES) flush(p);
}

static void put_problem(struct printing *p, const char *record, hk_err e, hk_str step)
{
  struct hk_json j;
  hk_json_init(&j, &p->out);
  hk_json_open(&j, '{');
  hk_json_put_z(&j, "record", record);
  hk_json_put_str(&j, "file", p->file);
  hk_json_put_z(&j, "outcome", hk_code_name(e.code == HK_TRUNCATED ? HK_DAMAGED : e.code));
  hk_json_key(&j, "offset");
  if (e.offset == HK_NO_OFFSET)
    hk_json_null(&j);
  else
    hk_json_int(&j, e.offset);
  hk_json_put_str(&j, "step", step);
  hk_json_close(&j, '}');
  hk_buf_u8(&p->out, '\n');
}

static void on_note(void *ctx, hk_err problem, hk_str step)
{
  put_problem(ctx, "note", problem, step);
}

/* False: the file could not be read or parsed whole. */
static bool parse_file(struct hk_examiner *x, const struct hk_module *m, hk_str path, struct printing *p, hk_err *broker)
{
  struct open_bytes b = {.bytes = {.read_at = read_file}};
  struct os_info info;
  struct hk_outcome out = {.err = os_stat(path, &info)};
  const struct hk_sink sink = {.ctx = p, .on_record = on_record, .on_note = on_note};
  p->file = path;
  if (out.err.code == HK_OK && info.kind == OS_DIRECTORY) out.err = hk_fail(HK_USAGE, "open: it is a folder", HK_NO_OFFSET);
  if (out.err.code == HK_OK) out.err = os_open(path, OS_READ, &b.file);
  if (out.err.code == HK_OK) out.err = os_size(b.file, &b.bytes.size_bytes);
  hk_str step = hk_str_of(out.err.step);
  if (out.err.code == HK_OK) {
    const struct hk_file_info file = {.path = path,
                                      .size_bytes = b.bytes.size_bytes,
                                      .modified_at = info.modified_at, /* the other times are those of a copy */
                                      .attributes = info.attributes,
                                      .every_record = true,
                                      .owner_sid = hk_str_of("")};
    *broker = hk_examine(x, m, &file, &b.bytes, &sink, &out);
    step = hk_str_of(out.step);
  }
  os_close(b.file);
  if (out.err.code != HK_OK) put_problem(p, "error", out.err, step);
  flush(p);
  return out.err.code == HK_OK && out.n_notes == 0;
}

static int parse_files(const struct hk_options *o, const struct hk_module *m, struct hk_examiner *x)
{
  struct printing p = {.gone = false};
  hk_err broker = hk_ok();
  bool all_good = true;
  hk_buf_init(&p.out, LINE_LIMIT);
  for (size_t i = 1; i < o->n_operands && broker.code == HK_OK && !p.gone; i++)
    if (!parse_file(x, m, o->operands[i], &p, &broker)) all_good = false;
  hk_buf_done(&p.out);
  if (p.lost) return hk_run_fail(o, hk_fail(HK_MEMORY, "write records", HK_NO_OFFSET), p.file, HK_EXIT_INTERNAL);
  if (p.gone) return hk_run_fail(o, hk_fail(HK_IO, "write to standard output", HK_NO_OFFSET), p.file, HK_EXIT_OUTPUT);
  if (broker.code != HK_OK) return hk_run_fail(o, broker, HK_S("examiner"), HK_EXIT_INTERNAL);
  return all_good ? HK_EXIT_OK : HK_EXIT_PARTIAL;
}

int hk_run_parse(const struct hk_options *o)
{
  struct hk_arena a;
  struct hk_examiner *x = NULL;
  const struct hk_module *const m = hk_module_by_name(o->operands[0]);
  if (m == NULL)
    return hk_run_fail(o, hk_fail(HK_USAGE, "find the module; see: hikeshi list modules", HK_NO_OFFSET), o->operands[0], HK_EXIT_USAGE);
  hk_arena_init(&a, 0);
  const struct hk_examiner_options options = {.self_exe = os_self_path(&a), .modules = hk_modules, .n_modules = hk_modules_count};
  const hk_err e = hk_examiner_open(&options, &x);
  const int code = e.code == HK_OK ? parse_files(o, m, x) : hk_run_fail(o, e, HK_S("examiner"), HK_EXIT_INTERNAL);
  if (x != NULL) hk_examiner_close(x);
  hk_arena_done(&a);
  return code;
}
