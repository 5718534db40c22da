/* What an event log claims to have shown: from its oldest record on, and only for what it is known to have recorded. */
#include "check.h"

#include "examine/inprocess.h"
#include "module.h"

extern const struct hk_module eventlog_module;

struct claims {
  char lines[32][256];
  size_t n;
  int64_t lo[32], hi[32];
  bool partial[32];
  unsigned n_remarks;
};

static void on_cover(void *ctx, const struct hk_kind *kind, hk_str instance, hk_time lo, hk_time hi, bool partial, hk_str why)
{
  struct claims *c = ctx;
  if (c->n == 32) return;
  (void)snprintf(c->lines[c->n], sizeof c->lines[0], "%s|%.*s|%.*s", kind->name, (int)instance.n, instance.p, (int)why.n, why.p);
  c->lo[c->n] = lo;
  c->hi[c->n] = hi;
  c->partial[c->n++] = partial;
}

static void on_remark(void *ctx, hk_str text)
{
  (void)text;
  ((struct claims *)ctx)->n_remarks++;
}

static struct claims claims_of(const char *sub, const char *as)
{
  struct claims c = {.n = 0};
  const char *path = check_data(sub);
  FILE *f = path != NULL ? fopen(path, "rb") : NULL;
  if (f == NULL) SKIP("no real evidence here (set HIKESHI_DATA)");
  (void)fseek(f, 0, SEEK_END);
  const size_t n = (size_t)ftell(f);
  rewind(f);
  uint8_t *p = malloc(n);
  CHECK(p != NULL && fread(p, 1, n, f) == n);
  (void)fclose(f);
  struct hk_bytes_memory m;
  struct hk_outcome out;
  hk_bytes_memory_init(&m, p, n);
  const struct hk_file_info info = {.path = hk_str_of(as), .size_bytes = n};
  const struct hk_sink sink = {.ctx = &c, .on_cover = on_cover, .on_remark = on_remark};
  CHECK_EQ_INT(hk_parse_here(&eventlog_module, &info, &m.bytes, &sink, &out).code, HK_OK);
  free(p);
  return c;
}

static int find(const struct claims *c, const char *start)
{
  for (size_t i = 0; i < c->n; i++)
    if (strncmp(c->lines[i], start, strlen(start)) == 0) return (int)i;
  return -1;
}

static hk_time at(const char *iso)
{
  hk_time t = HK_TIME_UNKNOWN;
  CHECK(hk_time_parse_iso(hk_str_of(iso), &t));
  return t;
}

/* First and last time as evtxexport prints them for this file. */
TEST(test_eventlog__claims_from_its_oldest_record)
{
  const struct claims c = claims_of("evtx/plaso/System.evtx", "C:\\Windows\\System32\\winevt\\Logs\\System.evtx");
  const int log = find(&c, "eventlog|System|");
  CHECK(log >= 0);
  CHECK_EQ_INT(c.lo[log] / HK_SECOND, at("2010-11-21T03:55:59Z") / HK_SECOND);
  const int services = find(&c, "svc.install|System|"), cleared = find(&c, "sys.cleared|System|");
  CHECK(services >= 0 && cleared >= 0);
  CHECK_EQ_INT(c.lo[services], c.lo[log]);
  CHECK(find(&c, "process.4688|") < 0 && find(&c, "sysmon|") < 0);
}

TEST(test_eventlog__claims_nothing_for_what_may_not_be_audited)
{
  const struct claims c = claims_of("evtx/plaso/System2.evtx", "C:\\Windows\\System32\\winevt\\Logs\\Security.evtx");
  const int process = find(&c, "process.4688|Security|no 4688 record"), logon = find(&c, "logon|Security|");
  CHECK(process >= 0 && logon >= 0);
  CHECK_EQ_INT(c.lo[process], HK_TIME_UNKNOWN);
  CHECK(c.lo[logon] != HK_TIME_UNKNOWN);
  CHECK(find(&c, "sec.cleared|Security|") >= 0);
}

/* A log out of a shadow copy, caught while it was written: the evtx package lists 1 to 1155 and then 1418. */
TEST(test_eventlog__tells_gaps_in_record_numbers)
{
  const struct claims c = claims_of("evtx/omerbenamram/2-vss_7-System.evtx", "C:\\Windows\\System32\\winevt\\Logs\\System.evtx");
  const int log = find(&c, "eventlog|");
  CHECK(log >= 0);
  CHECK(c.partial[log]);
  CHECK(strstr(c.lines[log], "262 record numbers missing between 1156 and 1417") != NULL);
}

TEST(test_eventlog__forwarded_events_are_no_facts_of_this_pc)
{
  const struct claims c = claims_of("evtx/plaso/System2.evtx", "C:\\Windows\\System32\\winevt\\Logs\\ForwardedEvents.evtx");
  CHECK_EQ_INT(c.n, 1);
  CHECK(find(&c, "eventlog|") == 0);
}
