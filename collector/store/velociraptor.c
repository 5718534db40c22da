/* Velociraptor's collection files. */
#include "store/velociraptor.h"

#include <string.h>

#include "base/json.h"

static void put_us(struct hk_json *j, const char *key, hk_time t)
{
  const int64_t us = hk_time_to_unix_us(t);
  hk_json_put_size(j, key, us < 0 ? 0 : (uint64_t)us);
}

/* _Components are the decoded names, the first is "uploads": anything else loses the row without a message. */
void velociraptor_upload(struct hk_buf *out, const struct layout_place *place, const struct hk_stored *a,
                         const struct hk_digests *d)
{
  struct hk_json j;
  hk_json_init(&j, out);
  hk_json_open(&j, '{');
  if (a->modified_at != HK_TIME_UNKNOWN) hk_json_put_time(&j, "Timestamp", a->modified_at);
  hk_json_put_str(&j, "vfs_path", a->path);
  hk_json_put_strs(&j, "_Components", place->parts, place->n_parts);
  hk_json_put_size(&j, "file_size", a->sparse_bytes > 0 ? a->sparse_bytes : d->size_bytes);
  hk_json_put_size(&j, "uploaded_size", d->size_bytes);
  hk_json_put_str(&j, "Type", HK_S(""));
  hk_json_put_hex(&j, "Sha256", d->sha256, HK_SHA256_SIZE);
  hk_json_put_time(&j, "Btime", a->born_at);
  hk_json_put_time(&j, "Mtime", a->modified_at);
  hk_json_put_time(&j, "Atime", a->accessed_at);
  hk_json_close(&j, '}');
  hk_buf_u8(out, '\n');
}

/* "F." and 13 letters from host and start: two runs have two ids, one archive has one. */
static void put_session_id(struct hk_json *j, const struct hk_case *c)
{
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  uint8_t digest[HK_SHA256_SIZE];
  char id[16] = "F.";
  char at[HK_ISO_SIZE];
  struct hk_sha256 s;
  (void)hk_time_iso(c->started_at, at);
  hk_sha256_init(&s);
  hk_sha256_add(&s, c->host.p, c->host.n);
  hk_sha256_add(&s, at, strlen(at) + 1);
  hk_sha256_add(&s, c->host_id.p, c->host_id.n);
  hk_sha256_add(&s, c->case_id.p, c->case_id.n);
  hk_sha256_end(&s, digest);
  for (int i = 0; i < 13; i++) id[2 + i] = letters[digest[i] % 32];
  hk_json_put_str(j, "session_id", hk_str_of(id));
}

static uint64_t duration_ns(const struct velociraptor_totals *t)
{
  return t->finished_at > t->started_at ? (uint64_t)(t->finished_at - t->started_at) * 100 : 0;
}

/* The server works out its totals from these alone, so the first one carries the uploads. */
static void put_stat(struct hk_json *j, const struct velociraptor_result *r, size_t i, size_t n,
                     const struct velociraptor_totals *t)
{
  hk_json_open(j, '{');
  hk_json_put_size(j, "status", 0);
  hk_json_put_size(j, "duration", duration_ns(t));
  put_us(j, "first_active", t->started_at);
  put_us(j, "last_active", t->finished_at);
  hk_json_put_open(j, "names_with_response", '[');
  hk_json_str(j, r->artifact);
  hk_json_close(j, ']');
  hk_json_put_str(j, "Artifact", r->artifact);
  hk_json_put_size(j, "log_rows", i == 0 ? t->n_log_rows : 0);
  hk_json_put_size(j, "result_rows", r->n_rows);
  hk_json_put_size(j, "uploaded_files", i == 0 ? t->n_files : 0);
  hk_json_put_size(j, "uploaded_bytes", i == 0 ? t->bytes : 0);
  hk_json_put_size(j, "expected_uploaded_bytes", i == 0 ? t->bytes : 0);
  hk_json_put_size(j, "query_id", i + 1);
  hk_json_put_size(j, "total_queries", n);
  hk_json_close(j, '}');
}

static void put_names(struct hk_json *j, const struct velociraptor_result *r, size_t n)
{
  hk_json_open(j, '[');
  for (size_t i = 0; i < n; i++) hk_json_str(j, r[i].artifact);
  hk_json_close(j, ']');
}

void velociraptor_context(struct hk_buf *out, const struct hk_case *c, const struct velociraptor_result *results,
                          size_t n_results, const struct velociraptor_totals *t)
{
  static const struct velociraptor_result collect = {.artifact = {.p = "Hikeshi.Collect", .n = 15}};
  const bool none = n_results == 0;
  const struct velociraptor_result *const r = none ? &collect : results;
  const size_t n = none ? 1 : n_results;
  uint64_t n_rows = 0;
  for (size_t i = 0; i < n_results; i++) n_rows += results[i].n_rows;
  struct hk_json j;
  hk_json_init(&j, out);
  hk_json_open(&j, '{');
  put_session_id(&j, c);
  hk_json_put_open(&j, "request", '{');
  hk_json_key(&j, "artifacts");
  put_names(&j, r, n);
  hk_json_close(&j, '}');
  hk_json_put_size(&j, "state", 2);
  put_us(&j, "create_time", t->started_at);
  put_us(&j, "start_time", t->started_at);
  put_us(&j, "active_time", t->finished_at);
  hk_json_put_size(&j, "execution_duration", duration_ns(t));
  hk_json_key(&j, "artifacts_with_results");
  put_names(&j, results, n_results);
  hk_json_put_size(&j, "total_uploaded_files", t->n_files);
  hk_json_put_size(&j, "total_uploaded_bytes", t->bytes);
  hk_json_put_size(&j, "total_expected_uploaded_bytes", t->bytes);
  hk_json_put_size(&j, "total_collected_rows", n_rows);
  hk_json_put_size(&j, "total_logs", t->n_log_rows);
  hk_json_put_open(&j, "query_stats", '[');
  for (size_t i = 0; i < n; i++) put_stat(&j, &r[i], i, n, t);
  hk_json_close(&j, ']');
  hk_json_close(&j, '}');
  hk_buf_u8(out, '\n');
}

/* The server cuts a HostID at its first dash, so that two PCs of one maker would become one: hex only. */
void velociraptor_client(struct hk_buf *out, const struct hk_case *c)
{
  char id[64];
  size_t n = 0;
  for (size_t i = 0; i < c->host_id.n && n < sizeof id; i++) {
    const char d = c->host_id.p[i];
    if (hk_is_digit(d) || hk_is_letter(d)) id[n++] = d;
  }
  struct hk_json j;
  hk_json_init(&j, out);
  hk_json_open(&j, '{');
  hk_json_put_str(&j, "Hostname", c->host);
  if (n > 0) hk_json_put_str(&j, "HostID", (hk_str){.p = id, .n = n});
  hk_json_put_str(&j, "OS", HK_S("windows"));
  hk_json_close(&j, '}');
  hk_buf_u8(out, '\n');
}

void velociraptor_log(struct hk_buf *out, const struct velociraptor_totals *t)
{
  const int64_t us = hk_time_to_unix_us(t->finished_at);
  const uint64_t seconds = us < 0 ? 0 : (uint64_t)us / 1000000;
  struct hk_json j;
  hk_json_init(&j, out);
  hk_json_open(&j, '{');
  hk_json_put_size(&j, "_ts", seconds);
  hk_json_put_size(&j, "client_time", seconds);
  hk_json_put_str(&j, "level", HK_S("DEFAULT"));
  hk_json_put_str(&j, "message", HK_S("Hikeshi sealed this collection"));
  hk_json_close(&j, '}');
  hk_buf_u8(out, '\n');
}

void velociraptor_artifact(struct hk_buf *out, hk_str artifact)
{
  hk_buf_z(out, "name: ");
  hk_buf_str(out, artifact);
  hk_buf_z(out, "\ndescription: |\n  Records that Hikeshi read on the PC itself. Collects nothing: it lets this server show\n"
                "  the rows of an imported Hikeshi archive.\ntype: CLIENT\nsources:\n  - query: SELECT * FROM scope() WHERE FALSE\n");
}
