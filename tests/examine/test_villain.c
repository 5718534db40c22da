/* Each misbehaviour of a child costs exactly its own item, is called by its name, and the next item goes on. Runs on Linux,
   and built for Windows under Wine or on Windows, where the probes say what that system enforces. */
#include "check.h"

#include "villain_here.h"

#include "examine/examine.h"
#include "os/confine.h"

static struct hk_examiner *examiner;
static struct hk_arena arena;

static void begin(void)
{
    if (examiner) return;
    hk_arena_init(&arena, 0);
    const struct hk_examiner_options o = {
        .self_exe = os_self_path(&arena),
        .modules = test_modules,
        .n_modules = 1,
        .deadline_s = 2,
        .memory_bytes = (size_t)300 << 20,
    };
    CHECK_EQ_INT(hk_examiner_open(&o, &examiner).code, HK_OK);
}

struct seen {
    unsigned records, notes, remarks, covers;
    int64_t last_number;
    char said[64];
    char note[64];
    int64_t note_offset;
};

static void on_record(void *ctx, const struct hk_record_type *t, size_t kind, const void *record)
{
    struct seen *s = ctx;
    const struct villain_record *r = record;
    if (t != &villain_record_type || kind != 0) return;
    s->records++;
    s->last_number = r->number;
    snprintf(s->said, sizeof s->said, "%.*s", (int)r->said.n, r->said.p);
}

static void on_note(void *ctx, hk_err problem, hk_str step)
{
    struct seen *s = ctx;
    s->notes++;
    s->note_offset = problem.offset;
    snprintf(s->note, sizeof s->note, "%.*s", (int)step.n, step.p);
}

static void on_remark(void *ctx, hk_str text)
{
    ((struct seen *)ctx)->remarks += hk_str_eq(text, HK_S("behaved"));
}

static void on_cover(void *ctx, const struct hk_kind *kind, hk_str instance, hk_time lo, hk_time hi, bool partial, hk_str why)
{
    ((struct seen *)ctx)->covers += kind == &villain_kind && hk_str_eq(instance, HK_S("instance")) && lo == HK_UNIX_EPOCH &&
                                    hi == HK_UNIX_EPOCH + HK_DAY && !partial && hk_str_eq(why, HK_S("claimed"));
}

static struct hk_outcome run(const char *word, struct seen *s)
{
    struct hk_bytes_memory m;
    struct hk_outcome out;
    struct seen unused;
    if (!s) s = &unused;
    *s = (struct seen){.records = 0};
    begin();
    hk_bytes_memory_init(&m, word, strlen(word));
    const struct hk_file_info info = {.path = HK_S("C:\\x.villain"), .size_bytes = strlen(word), .owner_sid = HK_S("")};
    const struct hk_sink sink = {
        .ctx = s, .on_record = on_record, .on_note = on_note, .on_remark = on_remark, .on_cover = on_cover};
    const hk_err e = hk_examine(examiner, &villain_module, &info, &m.bytes, &sink, &out);
    CHECK_EQ_INT(e.code, HK_OK);
    return out;
}

/* The item ends as `code`; the one behind it is examined as if nothing had been. */
static void costs_one_item(const char *word, int code, bool child_lost)
{
    begin();
    const unsigned lost = hk_examiner_lost(examiner);
    const uint64_t started = os_monotonic_ms();
    const struct hk_outcome o = run(word, NULL);
    printf("  %-20s %-11s %s%s%s [%u ms]\n", word, hk_code_name(o.err.code), o.step, o.text[0] ? ": " : "", o.text,
           (unsigned)(os_monotonic_ms() - started));
    CHECK_EQ_STR(hk_code_name(o.err.code), hk_code_name(code));
    CHECK_EQ_INT(hk_examiner_lost(examiner) - lost, child_lost);
    CHECK_EQ_INT(o.text[0] != 0, child_lost);
    struct seen s;
    const struct hk_outcome next = run("good", &s);
    CHECK_EQ_INT(next.err.code, HK_OK);
    CHECK_EQ_INT(s.records, 2);
}

TEST(test_examine__good_item_arrives_whole)
{
    struct seen s;
    const struct hk_outcome o = run("good", &s);
    CHECK_EQ_INT(o.err.code, HK_OK);
    CHECK_EQ_INT(o.n_records, 2);
    CHECK_EQ_INT(s.records, 2);
    CHECK_EQ_INT(s.last_number, 1);
    CHECK_EQ_STR(s.said, "good");
    CHECK_EQ_INT(s.remarks, 1);
    CHECK_EQ_INT(s.covers, 1);
    CHECK_EQ_INT(o.n_notes, 0);
}

TEST(test_examine__note_makes_it_partial)
{
    struct seen s;
    const struct hk_outcome o = run("note", &s);
    CHECK_EQ_INT(o.err.code, HK_OK);
    CHECK_EQ_INT(o.n_notes, 1);
    CHECK_EQ_INT(s.notes, 1);
    CHECK_EQ_INT(s.note_offset, 42);
    CHECK_EQ_STR(s.note, "read the part that is not there");
}

TEST(test_examine__unknown_word_keeps_the_modules_error)
{
    const struct hk_outcome o = run("what", NULL);
    CHECK_EQ_INT(o.err.code, HK_UNSUPPORTED);
    CHECK_EQ_INT(o.err.offset, 0);
    CHECK_EQ_STR(o.step, "know the word");
}

TEST(test_examine__crash) { costs_one_item("crash", HK_CRASHED, true); }
TEST(test_examine__abort) { costs_one_item("abort", HK_CRASHED, true); }
TEST(test_examine__deep_recursion) { costs_one_item("deep-recursion", HK_CRASHED, true); }
TEST(test_examine__loop) { costs_one_item("loop", HK_TIMEOUT, true); }
TEST(test_examine__polite_loop) { costs_one_item("polite-loop", HK_TIMEOUT, false); }
TEST(test_examine__endless_records) { costs_one_item("endless-records", HK_LIMIT, true); }
/* Where the system has the ceiling, the module is told there is no more; where not (Wine), the broker sees it grow. */
#ifdef __linux__
TEST(test_examine__eat_memory) { costs_one_item("eat-memory", HK_MEMORY, false); }
#else
TEST(test_examine__eat_memory)
{
    CHECK_EQ_STR(hk_code_name(run("eat-memory", NULL).err.code), "memory");
    CHECK_EQ_INT(run("good", NULL).err.code, HK_OK);
}
#endif
TEST(test_examine__eat_arena) { costs_one_item("eat-arena", HK_MEMORY, false); }
TEST(test_examine__lie_length) { costs_one_item("lie-length", HK_REFUSED, true); }
TEST(test_examine__lie_type) { costs_one_item("lie-type", HK_REFUSED, true); }
TEST(test_examine__lie_utf8) { costs_one_item("lie-utf8", HK_REFUSED, true); }
TEST(test_examine__lie_record) { costs_one_item("lie-record", HK_REFUSED, true); }
TEST(test_examine__lie_kind) { costs_one_item("lie-kind", HK_REFUSED, true); }
TEST(test_examine__lie_time) { costs_one_item("lie-time", HK_REFUSED, true); }
TEST(test_examine__lie_outcome) { costs_one_item("lie-outcome", HK_REFUSED, true); }
TEST(test_examine__huge_frame) { costs_one_item("huge-frame", HK_REFUSED, true); }
TEST(test_examine__half_frame_and_hang) { costs_one_item("half-frame-and-hang", HK_TIMEOUT, true); }
TEST(test_examine__close_pipe) { costs_one_item("close-pipe", HK_CRASHED, true); }
TEST(test_examine__endless_requests) { costs_one_item("endless-requests", HK_TIMEOUT, true); }

/* What it sends behind its DONE never counts as the next item's: that one gets a fresh child. */
TEST(test_examine__lie_order)
{
    struct seen s;
    (void)run("lie-order", NULL);
    const struct hk_outcome next = run("good", &s);
    CHECK_EQ_INT(next.err.code, HK_OK);
    CHECK_EQ_INT(s.records, 2);
    printf("  %s\n", next.text);
}

TEST(test_examine__large_artefact_is_described_without_reading)
{
    static char big[3 << 20];
    memset(big, ' ', sizeof big - 1);
    memcpy(big, "good", 4);
    const struct hk_outcome o = run(big, NULL);
    CHECK_EQ_INT(o.err.code, HK_LIMIT); /* the villain reads 64 KiB at most */
    CHECK_EQ_STR(o.step, "read the whole artefact");
}

TEST(test_examine__record_budget_of_the_caller)
{
    struct hk_examiner *x = NULL;
    struct hk_bytes_memory m;
    struct hk_outcome out;
    begin();
    const struct hk_examiner_options o = {
        .self_exe = os_self_path(&arena), .modules = test_modules, .n_modules = 1, .max_records = 1};
    CHECK_EQ_INT(hk_examiner_open(&o, &x).code, HK_OK);
    hk_bytes_memory_init(&m, "good", 4);
    const struct hk_file_info info = {.path = HK_S("x.villain"), .size_bytes = 4, .owner_sid = HK_S("")};
    CHECK_EQ_INT(hk_examine(x, &villain_module, &info, &m.bytes, NULL, &out).code, HK_OK);
    CHECK_EQ_INT(out.err.code, HK_LIMIT);
    CHECK_EQ_INT(out.n_records, 1);
    hk_examiner_close(x);
}

static bool stop_now(void *ctx)
{
    return ++*(unsigned *)ctx > 2;
}

TEST(test_examine__stops_when_asked)
{
    struct hk_examiner *x = NULL;
    struct hk_bytes_memory m;
    struct hk_outcome out;
    unsigned asked = 0;
    begin();
    const struct hk_examiner_options o = {.self_exe = os_self_path(&arena),
                                          .modules = test_modules,
                                          .n_modules = 1,
                                          .deadline_s = 30,
                                          .stop = stop_now,
                                          .stop_ctx = &asked};
    CHECK_EQ_INT(hk_examiner_open(&o, &x).code, HK_OK);
    hk_bytes_memory_init(&m, "loop", 4);
    const struct hk_file_info info = {.path = HK_S("x.villain"), .size_bytes = 4, .owner_sid = HK_S("")};
    const uint64_t started = os_monotonic_ms();
    CHECK_EQ_INT(hk_examine(x, &villain_module, &info, &m.bytes, NULL, &out).code, HK_OK);
    CHECK_EQ_INT(out.err.code, HK_CANCELLED);
    CHECK(os_monotonic_ms() - started < 15000);
    hk_examiner_close(x);
}

TEST(test_examine__says_so_when_no_child_starts)
{
    struct hk_examiner *x = NULL;
    struct hk_bytes_memory m;
    struct hk_outcome out;
    const struct hk_examiner_options o = {
        .self_exe = HK_S("no-such-program-anywhere"), .modules = test_modules, .n_modules = 1};
    CHECK_EQ_INT(hk_examiner_open(&o, &x).code, HK_OK);
    hk_bytes_memory_init(&m, "good", 4);
    const struct hk_file_info info = {.path = HK_S("x.villain"), .size_bytes = 4, .owner_sid = HK_S("")};
    CHECK_EQ_INT(hk_examine(x, &villain_module, &info, &m.bytes, NULL, &out).code, HK_ABSENT);
    hk_examiner_close(x);
}

/* Natively everything must be refused. Elsewhere the answers are printed: what Wine lets through is no failure of ours, but it
   must be said. */
TEST(test_examine__child_is_refused_what_it_may_not)
{
    bool refused[OS_PROBE_COUNT] = {false};
    hk_str measures = HK_S("");
    begin();
    CHECK_EQ_INT(hk_examiner_probe(examiner, &arena, refused, &measures).code, HK_OK);
    printf("  measures: %.*s\n", (int)measures.n, measures.p);
    for (unsigned p = 0; p < OS_PROBE_COUNT; p++)
        printf("  %-11s %s\n", os_probe_name((enum os_probe)p), refused[p] ? "refused" : "NOT refused");
#ifdef __linux__
    for (unsigned p = 0; p < OS_PROBE_COUNT; p++) CHECK(refused[p]);
#endif
    CHECK(measures.n > 0);
}

/* Outside a child the same probes succeed: they can fail. The ceiling is the child's alone. */
TEST(test_examine__probes_succeed_outside)
{
    CHECK(!os_probe_refused(OS_PROBE_OPEN_FILE));
    CHECK(!os_probe_refused(OS_PROBE_WRITE_FILE));
    CHECK(!os_probe_refused(OS_PROBE_CONNECT));
    CHECK(!os_probe_refused(OS_PROBE_SPAWN));
    CHECK(!os_probe_refused(OS_PROBE_MEMORY));
}

#ifdef __linux__
TEST(test_examine__attempts_inside_an_item_are_refused)
{
    costs_one_item("open-file", HK_DENIED, false);
    costs_one_item("write-file", HK_DENIED, false);
    costs_one_item("connect", HK_DENIED, false);
    costs_one_item("spawn", HK_DENIED, false);
    costs_one_item("memory", HK_DENIED, false);
    costs_one_item("exec-memory", HK_DENIED, false);
}

/* What is on no list of the filter ends the process: signal 31 is SIGSYS. */
TEST(test_examine__unexpected_system_call_ends_the_child)
{
    costs_one_item("odd-call", HK_CRASHED, true);
    CHECK(strstr(run("odd-call", NULL).text, "signal 31") != NULL);
}
#endif

TEST(test_examine__closes)
{
    hk_examiner_close(examiner);
    examiner = NULL;
}
