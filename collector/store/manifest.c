/* Lines of the manifest and their chain. */
#include "store/manifest.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "store/spool.h"

#define SPOOL_LIMIT (UINT64_C(1) << 30)
#define PENDING_LIMIT ((size_t)64 << 20)

struct manifest {
  struct spool *text;
  struct hk_buf pending;
  size_t line_at;
  uint64_t n_lines, n_evidence, n_same, n_missed, n_products, evidence_bytes;
  char previous[2 * HK_SHA256_SIZE + 1];
};

hk_err manifest_open(struct manifest **out)
{
  struct manifest *const m = calloc(1, sizeof *m);
  if (m == NULL) return hk_fail(HK_MEMORY, "open manifest", HK_NO_OFFSET);
  hk_buf_init(&m->pending, PENDING_LIMIT);
  memset(m->previous, '0', sizeof m->previous - 1);
  const hk_err e = spool_open(SPOOL_LIMIT, &m->text);
  if (e.code != HK_OK) {
    free(m);
    return e;
  }
  *out = m;
  return hk_ok();
}

void manifest_close(struct manifest *m)
{
  if (m == NULL) return;
  spool_close(m->text);
  hk_buf_done(&m->pending);
  free(m);
}

static void put_crc(struct hk_json *j, const char *key, uint32_t crc)
{
  const uint8_t be[4] = {(uint8_t)(crc >> 24), (uint8_t)(crc >> 16), (uint8_t)(crc >> 8), (uint8_t)crc};
  hk_json_put_hex(j, key, be, sizeof be);
}

static struct hk_json begin_line(struct manifest *m, const char *role)
{
  struct hk_json j;
  m->line_at = m->pending.n;
  hk_json_init(&j, &m->pending);
  hk_json_open(&j, '{');
  hk_json_put_size(&j, "n", m->n_lines);
  hk_json_put_str(&j, "role", hk_str_of(role));
  return j;
}

static hk_err end_line(struct manifest *m, struct hk_json *j)
{
  hk_json_put_z(j, "previous", m->previous);
  hk_json_close(j, '}');
  if (m->pending.failed) return hk_fail(HK_MEMORY, "write manifest line", HK_NO_OFFSET);
  uint8_t digest[HK_SHA256_SIZE];
  hk_sha256_of(m->pending.p + m->line_at, m->pending.n - m->line_at, digest);
  hk_hex(digest, sizeof digest, m->previous);
  hk_buf_u8(&m->pending, '\n');
  if (m->pending.failed) return hk_fail(HK_MEMORY, "write manifest line", HK_NO_OFFSET);
  m->n_lines++;
  return spool_add(m->text, m->pending.p + m->line_at, m->pending.n - m->line_at);
}

hk_err manifest_case(struct manifest *m, const struct hk_case *c, uint64_t archive_id, hk_str recovered_from)
{
  struct hk_json j = begin_line(m, "case");
  hk_json_put_str(&j, "format", HK_S(MANIFEST_FORMAT));
  hk_json_key(&j, "archive_id");
  char id[17];
  uint8_t be[8];
  for (int i = 0; i < 8; i++) be[i] = (uint8_t)(archive_id >> (56 - 8 * i));
  hk_hex(be, sizeof be, id);
  hk_json_z(&j, id);
  hk_json_put_str(&j, "host", c->host);
  hk_json_put_str(&j, "host_id", c->host_id);
  hk_json_put_str(&j, "case_id", c->case_id);
  hk_json_put_str(&j, "operator", c->operator_name);
  hk_json_put_str(&j, "reason", c->reason);
  hk_json_put_str(&j, "command_line", c->command_line);
  hk_json_put_str(&j, "tool_version", c->tool_version);
  hk_json_put_str(&j, "tool_sha256", c->tool_sha256);
  hk_json_put_time(&j, "started_at", c->started_at);
  hk_json_put_int(&j, "utc_offset_minutes", c->utc_offset_minutes);
  hk_json_put_str(&j, "time_zone", c->time_zone);
  hk_json_put_str(&j, "machine", c->machine);
  hk_json_put_str(&j, "machine_os", c->machine_os);
  hk_json_put_time(&j, "booted_at", c->booted_at);
  if (c->ntp_server.n > 0) {
    hk_json_put_str(&j, "ntp_server", c->ntp_server);
    hk_json_put_str(&j, "clock_offset", c->clock_offset);
    hk_json_put_str(&j, "clock_note", c->clock_note);
  }
  if (recovered_from.n > 0) hk_json_put_str(&j, "recovered_from", recovered_from);
  return end_line(m, &j);
}

/* A path that is no valid UTF-8 is shown cleaned and kept byte for byte in hex. */
static void put_raw_path(struct hk_json *j, hk_str path)
{
  if (hk_str_valid(path)) return;
  hk_json_key(j, "path_hex");
  struct hk_buf hex;
  hk_buf_init(&hex, 2 * path.n);
  for (size_t i = 0; i < path.n; i++) {
    char two[3];
    hk_hex((const uint8_t *)path.p + i, 1, two);
    hk_buf_z(&hex, two);
  }
  hk_json_str(j, hk_buf_view(&hex));
  hk_buf_done(&hex);
}

static void put_stored(struct hk_json *j, const struct hk_stored *a)
{
  hk_json_put_str(j, "path", a->path);
  put_raw_path(j, a->path);
  hk_json_put_str(j, "artefact", a->artefact);
  hk_json_put_str(j, "method", hk_str_of(a->method));
  if (a->read_from != NULL) hk_json_put_str(j, "read_from", hk_str_of(a->read_from));
  hk_json_put_time(j, "born_at", a->born_at);
  hk_json_put_time(j, "modified_at", a->modified_at);
  hk_json_put_time(j, "accessed_at", a->accessed_at);
  hk_json_put_time(j, "changed_at", a->changed_at);
  hk_json_put_size(j, "attributes", a->attributes);
  hk_json_put_str(j, "owner_sid", a->owner_sid);
}

static void put_content(struct hk_json *j, const struct manifest_entry *e)
{
  const struct zip_head *const h = &e->zip->head;
  hk_json_put_str(j, "name", e->name);
  if (e->stored == NULL) hk_json_put_time(j, "modified_at", h->modified_at);
  if (e->renamed) {
    hk_json_put_bool(j, "renamed", true);
  }
  hk_json_put_size(j, "size", e->digests->size_bytes);
  if (e->sparse) {
    hk_json_put_bool(j, "sparse", true);
    hk_json_put_size(j, "logical_size", e->logical_bytes);
    hk_json_put_size(j, "data_from", e->data_from);
  }
  hk_json_put_hex(j, "sha256", e->digests->sha256, HK_SHA256_SIZE);
  hk_json_put_hex(j, "md5", e->digests->md5, HK_MD5_SIZE);
  hk_json_put_size(j, "zip_method", h->method);
  hk_json_put_size(j, "packed", h->packed_bytes);
  put_crc(j, "crc32", h->crc32);
  put_crc(j, "packed_crc32", e->zip->packed_crc32);
}

static void put_same(struct hk_json *j, const struct manifest_entry *e)
{
  hk_json_put_str(j, "same_as", e->same_as);
  hk_json_put_size(j, "size", e->digests->size_bytes);
  hk_json_put_hex(j, "sha256", e->digests->sha256, HK_SHA256_SIZE);
  hk_json_put_hex(j, "md5", e->digests->md5, HK_MD5_SIZE);
}

static void put_outcome(struct hk_json *j, hk_err e)
{
  hk_json_put_str(j, "outcome", hk_str_of(hk_code_name(e.code)));
  if (e.code == HK_OK) return;
  hk_json_put_str(j, "step", hk_str_of(e.step));
  hk_json_key(j, "offset");
  if (e.offset == HK_NO_OFFSET)
    hk_json_null(j);
  else
    hk_json_int(j, e.offset);
  hk_json_put_int(j, "os", e.os);
}

hk_err manifest_add(struct manifest *m, const struct manifest_entry *e)
{
  struct hk_json j = begin_line(m, e->role);
  if (e->stored != NULL) put_stored(&j, e->stored);
  if (e->zip != NULL) put_content(&j, e);
  if (e->same_as.n > 0) put_same(&j, e);
  put_outcome(&j, e->outcome);
  if (e->recovered != NULL) hk_json_put_str(&j, "recovered", hk_str_of(e->recovered));
  HK_TRY(end_line(m, &j));
  if (e->same_as.n > 0) {
    m->n_same++;
  } else if (e->zip == NULL) {
    m->n_missed++;
  } else if (e->stored != NULL) {
    m->n_evidence++;
    m->evidence_bytes += e->digests->size_bytes;
  } else {
    m->n_products++;
  }
  return hk_ok();
}

hk_err manifest_end(struct manifest *m, hk_time finished_at)
{
  struct hk_json j = begin_line(m, "end");
  hk_json_put_size(&j, "n_evidence", m->n_evidence);
  hk_json_put_size(&j, "n_same", m->n_same);
  hk_json_put_size(&j, "n_missed", m->n_missed);
  hk_json_put_size(&j, "n_products", m->n_products);
  hk_json_put_size(&j, "evidence_bytes", m->evidence_bytes);
  hk_json_put_time(&j, "finished_at", finished_at);
  return end_line(m, &j);
}

uint64_t manifest_n_lines(const struct manifest *m)
{
  return m->n_lines;
}

hk_str manifest_pending(const struct manifest *m)
{
  return hk_buf_view(&m->pending);
}

void manifest_pending_done(struct manifest *m)
{
  hk_buf_reset(&m->pending);
}

hk_err manifest_read(struct manifest *m, hk_err (*on)(void *ctx, const void *p, size_t n), void *ctx)
{
  return spool_read(m->text, on, ctx);
}

void manifest_seal(struct hk_buf *out, const uint8_t sha256[HK_SHA256_SIZE], uint32_t packed_crc32, uint64_t n_lines)
{
  struct hk_json j;
  hk_json_init(&j, out);
  hk_json_open(&j, '{');
  hk_json_put_str(&j, "format", HK_S("hikeshi-seal-1"));
  hk_json_put_str(&j, "manifest", HK_S(MANIFEST_NAME));
  hk_json_put_size(&j, "lines", n_lines);
  hk_json_put_hex(&j, "sha256", sha256, HK_SHA256_SIZE);
  put_crc(&j, "packed_crc32", packed_crc32);
  hk_json_close(&j, '}');
  hk_buf_u8(out, '\n');
}
