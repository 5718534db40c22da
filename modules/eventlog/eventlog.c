/* Windows event logs (.evtx, Vista and later). chunks.c reads the structure of the file, binxml.c the events. libevtx
   finds older records in space that is no longer used, and is asked for what binxml.c cannot read (it writes XML).
   It is not the first reader: it prints negative 32-bit numbers wrong, and does not know all of binary XML. */
#include <libevtx.h>

#include "binxml.h"
#include "chunks.h"
#include "event.h"
#include "facts.h"
#include "lib/yal.h"
#include "records.h"

#include <stdlib.h>
#include <string.h>

enum {
  XML_LIMIT = 16 * 1024 * 1024,
  RECORD_ARENA = 96 * 1024 * 1024,
  SCRATCH_FULL = 1024 * 1024, /* emptying costs more than a record */
};

/* One file is lost as a whole, so it is one group: what two kinds of one log say counts once. */
static const struct hk_kind kind_eventlog = {"eventlog", "evtx", "log.other"};
static const struct hk_kind kind_process_4688 = {"process.4688", "security.evtx", "log.security"};
static const struct hk_kind kind_logon = {"logon", "security.evtx", "log.security"};
static const struct hk_kind kind_sec_cleared = {"sec.cleared", "security.evtx", "log.security"};
static const struct hk_kind kind_svc_4697 = {"svc.4697", "security.evtx", "log.security"};
static const struct hk_kind kind_svc_install = {"svc.install", "system.evtx", "log.system"};
static const struct hk_kind kind_sys_cleared = {"sys.cleared", "system.evtx", "log.system"};
static const struct hk_kind kind_sysmon = {"sysmon", "sysmon.evtx", "log.sysmon"};

static const struct hk_kind *const event_kinds[] = {&kind_eventlog};
static const struct hk_kind *const logon_kinds[] = {&kind_logon};
static const struct hk_kind *const process_kinds[] = {&kind_process_4688, &kind_sysmon};
static const struct hk_kind *const service_kinds[] = {&kind_svc_install, &kind_svc_4697};
static const struct hk_kind *const cleared_kinds[] = {&kind_sec_cleared, &kind_sys_cleared};

HK_RECORD_TYPE(event, EVENT_FIELDS, .artifact = "EventLog", .verb = HK_NO_VERB, .proof = 3, HK_KINDS(event_kinds),
               .title = {"イベントログ", "Event"});
HK_RECORD_TYPE(logon, LOGON_FIELDS, .artifact = "Logon", .verb = HK_LOGGED_ON, .proof = 3, HK_KINDS(logon_kinds),
               .title = {"ログオン", "Logon"});
HK_RECORD_TYPE(logon_failed, LOGON_FAILED_FIELDS, .artifact = "LogonFailed", .verb = HK_LOGON_FAILED, .proof = 3,
               HK_KINDS(logon_kinds), .title = {"ログオン失敗", "Failed logon"});
HK_RECORD_TYPE(process_created, PROCESS_CREATED_FIELDS, .artifact = "ProcessCreated", .verb = HK_EXECUTED, .proof = 3,
               HK_KINDS(process_kinds), .title = {"プロセス作成", "Process created"});
HK_RECORD_TYPE(service_installed, SERVICE_INSTALLED_FIELDS, .artifact = "ServiceInstalled", .verb = HK_SERVICE, .proof = 3,
               HK_KINDS(service_kinds), .title = {"サービスの登録", "Service installed"});
HK_RECORD_TYPE(log_cleared, LOG_CLEARED_FIELDS, .artifact = "LogCleared", .verb = HK_CLEARED, .proof = 3,
               HK_KINDS(cleared_kinds), .title = {"ログの消去", "Log cleared"});

/* ---- one log under examination ------------------------------------------------------------------------------------------ */

struct log {
  struct hk_item *item;
  struct hk_bfio io;
  libevtx_file_t *file;
  struct chunks chunks;
  struct hk_arena scratch; /* emptied after each record */
  hk_str channel;          /* of the first record that could be read; item arena */
  hk_str instance;         /* of coverage: the channel, or "" for the file itself */
  bool foreign;            /* ForwardedEvents: other computers' events, which are no facts of this one */
  uint64_t n_unreadable_recovered;
  uint64_t n_facts[FACT_COUNT]; /* of the log's own records */
  hk_time first[FACT_COUNT];    /* oldest of each */
  bool clock_went_back;
};

static hk_err xml_of(struct log *l, libevtx_record_t *record, hk_str *xml)
{
  libevtx_error_t *error = NULL;
  size_t size = 0;
  if (libevtx_record_get_utf8_xml_string_size(record, &size, &error) != 1)
    return hk_yal_fail(&l->io, &error, "write event as text", HK_NO_OFFSET);
  if (size == 0 || size > XML_LIMIT) return hk_fail(HK_LIMIT, "write event as text", HK_NO_OFFSET);
  char *p = hk_alloc(&l->scratch, size);
  if (p == NULL) return hk_fail(HK_MEMORY, "write event as text", HK_NO_OFFSET);
  if (libevtx_record_get_utf8_xml_string(record, (uint8_t *)p, size, &error) != 1)
    return hk_yal_fail(&l->io, &error, "write event as text", HK_NO_OFFSET);
  *xml = (hk_str){.p = p, .n = size - 1};
  return hk_ok();
}

static void emit_event(struct log *l, const struct event *e, bool recovered)
{
  const struct event_record r = {
    .event_record_id = e->record_id,
    .channel = e->channel,
    .provider = e->provider,
    .event_id = e->id,
    .version = e->version,
    .time_created = e->created_at,
    .computer = e->computer,
    .level = e->level,
    .task = e->task,
    .opcode = e->opcode,
    .keywords = e->keywords,
    .user_sid = e->user_sid,
    .process_id = e->process_id,
    .thread_id = e->thread_id,
    .activity_id = e->activity_id,
    .data = e->data,
    .recovered = recovered,
  };
  hk_emit(l->item, &event_record_type, 0, &r);
}

/* Once the records are sorted by number. */
static size_t first_of_number(const struct log *l, uint64_t number)
{
  size_t lo = 0, hi = l->chunks.n_records;
  while (lo < hi) {
    const size_t mid = lo + (hi - lo) / 2;
    if (l->chunks.records[mid].number < number) lo = mid + 1;
    else hi = mid;
  }
  return lo;
}

/* Does the log itself hold this one? Then the recovered copy is not a second act. */
static bool is_copy(const struct log *l, const struct chunks_record *r)
{
  for (size_t i = first_of_number(l, r->number); i < l->chunks.n_records && l->chunks.records[i].number == r->number; i++)
    if (l->chunks.records[i].written_at == r->written_at) return true;
  return false;
}

/* What an event says, once it could be read. */
static void tell(struct log *l, struct event *e, const struct chunks_record *where, bool recovered)
{
  if (e->created_at == HK_TIME_UNKNOWN) e->created_at = where->written_at;
  /* The number in the record's header is the log's; the one in the event is a copy that an export may leave out. */
  if (where->number <= INT64_MAX) e->record_id = (int64_t)where->number;
  emit_event(l, e, recovered);
  if (l->channel.p == NULL && e->channel.n > 0 && !recovered) l->channel = hk_str_copy(hk_item_arena(l->item), e->channel);
  const enum fact f = l->foreign ? FACT_NONE : fact_of(e);
  if (f == FACT_NONE) return;
  if (!recovered) {
    l->n_facts[f]++;
    if (e->created_at != HK_TIME_UNKNOWN && (l->first[f] == HK_TIME_UNKNOWN || e->created_at < l->first[f]))
      l->first[f] = e->created_at;
  }
  if (!recovered || !is_copy(l, where)) fact_emit(l->item, &l->scratch, e, f, recovered);
}

/* Number, time and place of a record that could not be read: that it was there is still evidence. */
static void unreadable(struct log *l, const struct chunks_record *where, hk_err why)
{
  const struct event nothing = {.record_id = where->number <= INT64_MAX ? (int64_t)where->number : HK_NO_INT,
                                .id = HK_NO_INT, .qualifiers = HK_NO_INT, .version = HK_NO_INT, .level = HK_NO_INT,
                                .task = HK_NO_INT, .opcode = HK_NO_INT, .process_id = HK_NO_INT, .thread_id = HK_NO_INT,
                                .created_at = where->written_at};
  emit_event(l, &nothing, false);
  why.offset = (int64_t)where->offset;
  hk_note(l->item, why);
}

static hk_err decode(struct log *l, const struct chunks_record *where, struct event *e)
{
  HK_TRY(chunks_load(l->item, &l->chunks, where->chunk_at));
  return event_from_binxml(&l->scratch, &l->chunks.chunk.bytes, where->offset - where->chunk_at + RECORD_HEADER_SIZE,
                           where->size - RECORD_HEADER_SIZE - 4, e);
}

/* The same record through libevtx, where both list the same records. */
static hk_err decode_by_library(struct log *l, size_t index, struct event *e)
{
  libevtx_error_t *error = NULL;
  libevtx_record_t *record = NULL;
  hk_str xml;
  hk_err got = hk_ok();
  if (libevtx_file_get_record_by_index(l->file, (int)index, &record, &error) != 1)
    return hk_yal_fail(&l->io, &error, "read event", HK_NO_OFFSET);
  got = xml_of(l, record, &xml);
  if (got.code == HK_OK) got = event_from_xml(&l->scratch, xml, e);
  (void)libevtx_record_free(&record, NULL);
  return got;
}

static void empty_scratch(struct log *l)
{
  if (l->scratch.used_bytes > SCRATCH_FULL || l->scratch.spent) hk_arena_done(&l->scratch);
}

static hk_err own_records(struct log *l, bool library_agrees)
{
  for (size_t i = 0; i < l->chunks.n_records; i++) {
    const struct chunks_record *where = &l->chunks.records[i];
    struct event e;
    if (hk_item_stop(l->item)) return hk_fail(HK_CANCELLED, "read events", HK_NO_OFFSET);
    hk_err r = decode(l, where, &e);
    if (r.code == HK_IO) return r;
    if (r.code != HK_OK && library_agrees && decode_by_library(l, i, &e).code == HK_OK) r = hk_ok();
    if (r.code == HK_OK) tell(l, &e, where, false);
    else unreadable(l, where, r);
    empty_scratch(l);
  }
  return hk_ok();
}

/* Is the record at this place one of the log's own? */
static bool is_own(const struct log *l, uint64_t number, uint64_t offset)
{
  for (size_t i = first_of_number(l, number); i < l->chunks.n_records && l->chunks.records[i].number == number; i++)
    if (l->chunks.records[i].offset == offset) return true;
  return false;
}

/* What libevtx finds in space that is no longer used. Most of it can no longer be read: names and templates it shares
   with other records are gone. */
static hk_err recovered_records(struct log *l, int n)
{
  for (int i = 0; i < n; i++) {
    libevtx_error_t *error = NULL;
    libevtx_record_t *record = NULL;
    struct event e;
    struct chunks_record where;
    off64_t offset = 0;
    hk_str xml;
    if (hk_item_stop(l->item)) return hk_fail(HK_CANCELLED, "read recovered events", HK_NO_OFFSET);
    bool done = false;
    if (libevtx_file_get_recovered_record_by_index(l->file, i, &record, &error) == 1 &&
        libevtx_record_get_offset(record, &offset, &error) == 1 && offset > 0 &&
        chunks_find(l->item, &l->chunks, (uint64_t)offset, &where)) {
      done = is_own(l, where.number, where.offset);
      if (!done && (decode(l, &where, &e).code == HK_OK ||
                    (xml_of(l, record, &xml).code == HK_OK && event_from_xml(&l->scratch, xml, &e).code == HK_OK))) {
        tell(l, &e, &where, true);
        done = true;
      }
    }
    hk_yal_forget(&error);
    if (record != NULL) (void)libevtx_record_free(&record, NULL);
    if (!done) l->n_unreadable_recovered++;
    if (l->io.failed.code != HK_OK) return l->io.failed;
    empty_scratch(l);
  }
  return hk_ok();
}

/* ---- what the log would have shown --------------------------------------------------------------------------------------- */

static int by_number(const void *a, const void *b)
{
  const struct chunks_record *x = a, *y = b;
  if (x->number != y->number) return x->number < y->number ? -1 : 1;
  return x->offset < y->offset ? -1 : x->offset > y->offset ? 1 : 0;
}

struct reach {
  hk_time lo, hi;
  bool partial;
  const char *why;
};

/* From the oldest record still there to the newest; partial when numbers are missing between them. Sorts the records. */
static struct reach reach_of(struct log *l)
{
  struct chunks *c = &l->chunks;
  struct reach r = {0};
  if (c->n_records == 0) return r;
  qsort(c->records, c->n_records, sizeof c->records[0], by_number);
  r.lo = c->records[0].written_at;
  r.hi = r.lo;
  uint64_t missing = 0, gap_from = 0, gap_to = 0;
  for (size_t i = 1; i < c->n_records; i++) {
    const struct chunks_record *was = &c->records[i - 1], *is = &c->records[i];
    if (is->written_at > r.hi) r.hi = is->written_at;
    else if (is->written_at + HK_MINUTE < was->written_at) l->clock_went_back = true;
    if (is->number <= was->number || is->number - was->number == 1) continue;
    if (missing == 0) gap_from = was->number + 1;
    gap_to = is->number - 1;
    missing += is->number - was->number - 1;
  }
  if (missing > 0) {
    r.partial = true;
    const hk_str why = hk_str_printf(hk_item_arena(l->item), "%llu record numbers missing between %llu and %llu",
                                     (unsigned long long)missing, (unsigned long long)gap_from, (unsigned long long)gap_to);
    r.why = why.p;
  }
  return r;
}

static hk_str base_name(hk_str path)
{
  const size_t a = hk_str_rfind(path, '\\'), b = hk_str_rfind(path, '/');
  size_t at = path.n;
  if (a < path.n) at = a;
  if (b < path.n && (at == path.n || b > at)) at = b;
  return at < path.n ? hk_str_sub(path, at + 1, path.n) : path;
}

/* Is this the log Windows writes to now? Its file is named after the channel, with "%4" for '/'. An archived log or one of
   an earlier Windows reaches back further, but what lies between may be lost: it is an instance of its own. */
static bool is_live(const struct log *l)
{
  const hk_str path = hk_item_info(l->item)->path, name = base_name(path);
  size_t at = 0;
  for (size_t i = 0; i < l->channel.n; i++) {
    const hk_str want = l->channel.p[i] == '/' ? HK_S("%4") : hk_str_sub(l->channel, i, i + 1);
    if (!hk_str_ieq(hk_str_sub(name, at, at + want.n), want)) return false;
    at += want.n;
  }
  return hk_str_ieq(hk_str_sub(name, at, name.n), HK_S(".evtx")) && !hk_str_ieq(hk_str_sub(path, 1, 14), HK_S(":\\Windows.old\\"));
}

/* A kind that exists only where auditing is on: its reach starts at the first record that proves it was. */
static void cover_audited(struct log *l, const struct hk_kind *kind, enum fact f, enum fact other, struct reach r,
                          const char *none)
{
  hk_time lo = l->first[f];
  if (other != FACT_NONE && l->first[other] != HK_TIME_UNKNOWN && (lo == HK_TIME_UNKNOWN || l->first[other] < lo))
    lo = l->first[other];
  if (lo == HK_TIME_UNKNOWN) {
    hk_cover(l->item, kind, l->instance, HK_TIME_UNKNOWN, HK_TIME_UNKNOWN, true, none);
    return;
  }
  if (lo < r.lo) lo = r.lo;
  if (!r.partial && l->n_facts[FACT_AUDIT_POLICY] > 0) {
    r.partial = true;
    r.why = "the audit policy was changed within this time (4719)";
  }
  hk_cover(l->item, kind, l->instance, lo, r.hi, r.partial, r.why);
}

static void cover(struct log *l)
{
  struct hk_item *item = l->item;
  const struct reach r = reach_of(l);
  if (l->channel.p == NULL) l->channel = HK_S("");
  l->instance = is_live(l) ? l->channel : HK_S("");
  hk_cover(item, &kind_eventlog, l->instance, r.lo, r.hi, r.partial, r.why != NULL ? r.why : "");
  if (l->clock_went_back) hk_remark(item, "a later record has an earlier time: the clock was set back or records were changed");
  if (l->foreign) return;
  struct reach q = r;
  if (q.why == NULL) q.why = "";
  if (hk_str_ieq(l->channel, HK_S("Security"))) {
    hk_cover(item, &kind_sec_cleared, l->instance, q.lo, q.hi, q.partial, q.why);
    cover_audited(l, &kind_process_4688, FACT_PROCESS_4688, FACT_NONE, q, "no 4688 record: auditing may be off");
    cover_audited(l, &kind_logon, FACT_LOGON, FACT_LOGON_FAILED, q, "no 4624 or 4625 record: auditing may be off");
    cover_audited(l, &kind_svc_4697, FACT_SERVICE_4697, FACT_NONE, q, "no 4697 record: auditing may be off");
  } else if (hk_str_ieq(l->channel, HK_S("System"))) {
    hk_cover(item, &kind_svc_install, l->instance, q.lo, q.hi, q.partial, q.why);
    hk_cover(item, &kind_sys_cleared, l->instance, q.lo, q.hi, q.partial, q.why);
  } else if (hk_str_ieq(l->channel, HK_S("Microsoft-Windows-Sysmon/Operational"))) {
    cover_audited(l, &kind_sysmon, FACT_PROCESS_SYSMON, FACT_NONE, q, "no process record: it may be filtered out");
  }
}

/* ---- the module ------------------------------------------------------------------------------------------------------------ */

static hk_err open_library(struct log *l, int *n, int *n_recovered)
{
  libevtx_error_t *error = NULL;
  *n = *n_recovered = 0;
  HK_TRY(hk_bfio_open(&l->io, hk_item_arena(l->item), hk_item_bytes(l->item), l->chunks.padded_size_bytes));
  if (libevtx_file_initialize(&l->file, &error) != 1) return hk_yal_fail(&l->io, &error, "start event log reader", HK_NO_OFFSET);
  if (libevtx_file_open_file_io_handle(l->file, l->io.handle, LIBEVTX_OPEN_READ, &error) != 1)
    return hk_yal_fail(&l->io, &error, "open event log", HK_NO_OFFSET);
  if (libevtx_file_get_number_of_records(l->file, n, &error) != 1 ||
      libevtx_file_get_number_of_recovered_records(l->file, n_recovered, &error) != 1)
    return hk_yal_fail(&l->io, &error, "count events", HK_NO_OFFSET);
  return hk_ok();
}

static hk_err read_log(struct log *l)
{
  int n = 0, n_recovered = 0;
  const hk_err opened = open_library(l, &n, &n_recovered);
  if (opened.code != HK_OK) {
    if (opened.code == HK_IO || opened.code == HK_MEMORY) return opened;
    hk_note(l->item, opened);
    n = n_recovered = 0;
  }
  HK_TRY(own_records(l, n >= 0 && (size_t)n == l->chunks.n_records));
  cover(l);
  HK_TRY(recovered_records(l, n_recovered));
  if (l->n_unreadable_recovered > 0)
    hk_remark(l->item, "unused space holds remains of older records that can no longer be read");
  return hk_ok();
}

static hk_err eventlog_parse(struct hk_item *item)
{
  struct log *l = hk_new(hk_item_arena(item), struct log, 1);
  if (l == NULL) return hk_fail(HK_MEMORY, "start event log", HK_NO_OFFSET);
  l->item = item;
  hk_arena_init(&l->scratch, RECORD_ARENA);
  HK_TRY(chunks_read(item, &l->chunks));
  if (l->chunks.dirty) hk_remark(item, "dirty log: it was open when it was read; its header may be old");
  if (l->chunks.full) hk_remark(item, "full log: new records were refused");
  if (l->chunks.header_damaged) hk_remark(item, "the checksum of the log's header is wrong");
  const hk_str name = base_name(hk_item_info(item)->path);
  l->foreign = hk_str_eq(hk_str_fold(hk_item_arena(item), hk_str_sub(name, 0, 15)), HK_S("forwardedevents"));
  const hk_err e = read_log(l);
  if (l->file != NULL) {
    (void)libevtx_file_close(l->file, NULL);
    (void)libevtx_file_free(&l->file, NULL);
  }
  hk_bfio_close(&l->io);
  hk_arena_done(&l->scratch);
  return e;
}

static bool eventlog_recognise(const struct hk_file_info *info, const void *head, size_t n_head)
{
  (void)info;
  return n_head >= 8 && memcmp(head, "ElfFile\0", 8) == 0;
}

static const struct hk_kind *const of_security[] = {&kind_eventlog, &kind_process_4688, &kind_logon, &kind_sec_cleared,
                                                    &kind_svc_4697};
static const struct hk_kind *const of_system[] = {&kind_eventlog, &kind_svc_install, &kind_sys_cleared};
static const struct hk_kind *const of_sysmon[] = {&kind_eventlog, &kind_sysmon};
static const struct hk_kind *const of_others[] = {&kind_eventlog};

#define LOGS "C:\\Windows\\System32\\winevt\\Logs\\"
#define LOG_FILE .instance = HK_INSTANCE_FILE, .max_bytes = UINT64_C(4) << 30

static const struct hk_artefact artefacts[] = {
  {.glob = LOGS "Security.evtx", .name = "evtx.security", LOG_FILE, .rank = 15, HK_KINDS(of_security)},
  {.glob = LOGS "System.evtx", .name = "evtx.system", LOG_FILE, .rank = 15, HK_KINDS(of_system)},
  /* Most PCs have no Sysmon; where it is absent the kind is absent too, and that has to be seen. */
  {.glob = LOGS "Microsoft-Windows-Sysmon%4Operational.evtx", .name = "evtx.sysmon", LOG_FILE, .rank = 15, HK_KINDS(of_sysmon)},
  {.glob = LOGS "*.evtx", .name = "evtx", LOG_FILE, .rank = 20, HK_KINDS(of_others)},
  {.glob = "C:\\Windows.old\\Windows\\System32\\winevt\\Logs\\*.evtx", .name = "evtx.old", LOG_FILE, .rank = 60,
   .optional = true, HK_KINDS(of_others)},
};

static const struct hk_record_type *const records[] = {
  &event_record_type,           &logon_record_type,             &logon_failed_record_type,
  &process_created_record_type, &service_installed_record_type, &log_cleared_record_type,
};

static const struct hk_kind *const kinds[] = {
  &kind_eventlog, &kind_process_4688, &kind_logon,       &kind_sec_cleared,
  &kind_svc_4697, &kind_svc_install,  &kind_sys_cleared, &kind_sysmon,
};

const struct hk_module eventlog_module = {
  .name = "eventlog",
  .title = {"イベントログ", "Event logs"},
  .proves = {"Windows がその時刻に、その内容を記録したこと（ログオン、プロセスの作成、サービスの登録、ログの消去など）。",
             "That Windows wrote this at that time: logons, new processes, services installed, logs cleared."},
  .proves_not = {"記録がないことは、起きなかったことの証明にはなりません。監査の設定、ログの上書き、消去によって残らないことがあります。",
                 "That something is not there does not prove that it did not happen: auditing may be off, logs roll over and can be cleared."},
  HK_ARTEFACTS(artefacts),
  HK_RECORDS(records),
  HK_KINDS(kinds),
  .recognise = eventlog_recognise,
  .parse = eventlog_parse,
  .deadline_s = 900,
  .memory_mib = 512,
};
