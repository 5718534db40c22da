/* Modules in this process: what they may send, what is bounded, and reading an artefact. */
#include "check.h"

#include "all_fields.h"
#include "examine/inprocess.h"

struct heard {
    unsigned records, notes, remarks, covers;
    hk_err last_note;
    char step[64];
    char text[64];
    hk_time lo, hi;
};

static void on_record(void *ctx, const struct hk_record_type *t, size_t kind, const void *record)
{
    struct heard *h = ctx;
    const struct all_record *r = record;
    (void)kind;
    h->records += t == &all_record_type;
    snprintf(h->text, sizeof h->text, "%.*s", (int)r->text.n, r->text.p ? r->text.p : "");
    if (r->texts.n != 3) return;
    CHECK_EQ_BYTES(r->texts.v[1].p, r->texts.v[1].n, "日本");
    CHECK_EQ_BYTES(r->texts.v[2].p, r->texts.v[2].n, "bad\xEF\xBF\xBD");
    CHECK_EQ_INT(r->whole, -5);
    CHECK_EQ_INT(r->maybe, HK_NO_INT);
    CHECK(r->yes);
    CHECK_EQ_INT(r->hex, 0xB29F6629u);
    CHECK_EQ_INT(r->times.v[1], HK_TIME_MAX);
    CHECK_EQ_BYTES(r->pairs.v[0].value.p, r->pairs.v[0].value.n, "b");
    CHECK(r->pairs.v[1].value.p == NULL);
}

static void on_note(void *ctx, hk_err problem, hk_str step)
{
    struct heard *h = ctx;
    h->notes++;
    h->last_note = problem;
    snprintf(h->step, sizeof h->step, "%.*s", (int)step.n, step.p);
}

static void on_remark(void *ctx, hk_str text)
{
    (void)text;
    ((struct heard *)ctx)->remarks++;
}

static void on_cover(void *ctx, const struct hk_kind *kind, hk_str instance, hk_time lo, hk_time hi, bool partial, hk_str why)
{
    struct heard *h = ctx;
    (void)instance;
    (void)partial;
    (void)why;
    h->covers += kind == &all_kind;
    h->lo = lo;
    h->hi = hi;
}

/* The module with another parse. */
static struct hk_outcome parse_with(hk_err (*parse)(struct hk_item *item), struct hk_bytes *bytes, struct heard *h)
{
    struct hk_module m = all_module;
    struct hk_outcome out;
    struct hk_bytes_memory none;
    const struct hk_sink sink = {
        .ctx = h, .on_record = on_record, .on_note = on_note, .on_remark = on_remark, .on_cover = on_cover};
    hk_bytes_memory_init(&none, "", 0);
    if (!bytes) bytes = &none.bytes;
    const struct hk_file_info info = {.path = HK_S("C:\\x"), .size_bytes = bytes->size_bytes, .owner_sid = HK_S("")};
    *h = (struct heard){.records = 0};
    m.parse = parse;
    m.memory_mib = 1;
    CHECK_EQ_INT(hk_parse_here(&m, &info, bytes, &sink, &out).code, HK_OK);
    return out;
}

TEST(test_inprocess__every_type_of_field_arrives)
{
    struct heard h;
    const struct hk_outcome o = parse_with(all_parse, NULL, &h);
    CHECK_EQ_STR(o.step, "");
    CHECK_EQ_INT(o.err.code, HK_OK);
    CHECK_EQ_INT(h.records, 1);
    CHECK_EQ_INT(o.n_records, 1);
    CHECK_EQ_STR(h.text, "text");
}

static hk_err emit_undeclared(struct hk_item *item)
{
    static const struct hk_record_type other = {.name = "other", .struct_size = 1};
    hk_emit(item, &other, 0, "x");
    return hk_ok();
}

static hk_err emit_wrong_kind(struct hk_item *item)
{
    const struct all_record r = {.hex = 1};
    hk_emit(item, &all_record_type, 5, &r);
    return hk_ok();
}

static hk_err emit_negative_time(struct hk_item *item)
{
    const struct all_record r = {.seen_at = -1};
    hk_emit(item, &all_record_type, 0, &r);
    return hk_ok();
}

static hk_err cover_undeclared(struct hk_item *item)
{
    static const struct hk_kind other = {.name = "other", .source = "other", .group = "other"};
    hk_cover(item, &other, HK_S(""), 0, 0, false, "");
    return hk_ok();
}

TEST(test_inprocess__refuses_what_was_not_declared)
{
    struct heard h;
    CHECK_EQ_STR(hk_code_name(parse_with(emit_undeclared, NULL, &h).err.code), "refused");
    CHECK_EQ_STR(hk_code_name(parse_with(emit_wrong_kind, NULL, &h).err.code), "refused");
    CHECK_EQ_STR(hk_code_name(parse_with(emit_negative_time, NULL, &h).err.code), "refused");
    CHECK_EQ_STR(hk_code_name(parse_with(cover_undeclared, NULL, &h).err.code), "refused");
    CHECK_EQ_INT(h.records + h.covers, 0);
}

static hk_err complain_for_ever(struct hk_item *item)
{
    for (int i = 0; i < 100000; i++) {
        hk_note(item, hk_fail(HK_DAMAGED, "read", i));
        hk_remark(item, "again");
    }
    return hk_ok();
}

TEST(test_inprocess__a_module_that_complains_for_ever_ends_as_partial)
{
    struct heard h;
    const struct hk_outcome o = parse_with(complain_for_ever, NULL, &h);
    CHECK_EQ_INT(o.err.code, HK_OK);
    CHECK_EQ_INT(h.notes, 1001);
    CHECK_EQ_INT(h.last_note.code, HK_LIMIT);
    CHECK_EQ_STR(h.step, "further notes are left out");
    CHECK_EQ_INT(h.remarks, 200);
}

static hk_err emit_for_ever(struct hk_item *item)
{
    const struct all_record r = {.hex = 1};
    for (int i = 0; i < 100000; i++) hk_emit(item, &all_record_type, 0, &r);
    return hk_ok();
}

TEST(test_inprocess__records_are_bounded_by_the_artefacts_size)
{
    struct heard h;
    const struct hk_outcome o = parse_with(emit_for_ever, NULL, &h);
    CHECK_EQ_STR(hk_code_name(o.err.code), "limit");
    CHECK_EQ_INT(h.records, 20000);
    CHECK_EQ_INT(o.n_records, 20000);
}

static hk_err emit_too_large(struct hk_item *item)
{
    static char big[17 << 20];
    memset(big, 'x', sizeof big);
    const struct all_record huge = {.text = {.p = big, .n = sizeof big}}, small = {.text = HK_S("small")};
    hk_emit(item, &all_record_type, 0, &huge);
    hk_emit(item, &all_record_type, 0, &small);
    return hk_ok();
}

TEST(test_inprocess__a_record_too_large_is_noted_and_the_rest_goes_on)
{
    struct heard h;
    const struct hk_outcome o = parse_with(emit_too_large, NULL, &h);
    CHECK_EQ_INT(o.err.code, HK_OK);
    CHECK_EQ_INT(h.records, 1);
    CHECK_EQ_STR(h.text, "small");
    CHECK_EQ_INT(h.last_note.code, HK_LIMIT);
}

static hk_err use_up_memory(struct hk_item *item)
{
    CHECK(hk_alloc(hk_item_arena(item), 2 << 20) == NULL);
    return hk_ok();
}

TEST(test_inprocess__a_spent_arena_is_not_passed_over)
{
    struct heard h;
    const struct hk_outcome o = parse_with(use_up_memory, NULL, &h);
    CHECK_EQ_INT(o.n_notes, 1);
    CHECK_EQ_INT(h.last_note.code, HK_MEMORY);
}

static hk_err claim_odd_times(struct hk_item *item)
{
    hk_cover(item, &all_kind, HK_S("x"), -5, HK_TIME_MAX, true, "why");
    return hk_ok();
}

TEST(test_inprocess__odd_times_of_a_claim_become_unknown)
{
    struct heard h;
    CHECK_EQ_INT(parse_with(claim_odd_times, NULL, &h).err.code, HK_OK);
    CHECK_EQ_INT(h.covers, 1);
    CHECK_EQ_INT(h.lo, HK_TIME_UNKNOWN);
    CHECK_EQ_INT(h.hi, HK_TIME_MAX);
}

/* An artefact that says 10 bytes and gives 6, then an error. */
struct short_bytes {
    struct hk_bytes bytes;
    bool fails;
};

static hk_err read_short(struct hk_bytes *self, uint64_t offset, void *out, size_t n, size_t *got)
{
    const struct short_bytes *s = (struct short_bytes *)self;
    *got = 0;
    if (offset >= 6) return s->fails ? hk_fail(HK_IO, "read sector", 6) : hk_ok();
    *got = n < 6 - (size_t)offset ? n : 6 - (size_t)offset;
    memcpy(out, &"abcdef"[offset], *got);
    return hk_ok();
}

static hk_err say_whole(struct hk_item *item)
{
    struct hk_cur c;
    HK_TRY(hk_item_whole(item, 100, &c));
    const struct all_record r = {.text = {.p = (const char *)c.base, .n = c.size}};
    hk_emit(item, &all_record_type, 0, &r);
    return hk_ok();
}

TEST(test_inprocess__whole_artefact_as_far_as_it_can_be_read)
{
    struct heard h;
    struct short_bytes s = {.bytes = {.size_bytes = 10, .read_at = read_short}};
    CHECK_EQ_INT(parse_with(say_whole, &s.bytes, &h).n_notes, 0);
    CHECK_EQ_STR(h.text, "abcdef");
    s.fails = true;
    CHECK_EQ_INT(parse_with(say_whole, &s.bytes, &h).n_notes, 1);
    CHECK_EQ_STR(h.text, "abcdef");
    CHECK_EQ_INT(h.last_note.code, HK_IO);
    s.bytes.size_bytes = 101;
    CHECK_EQ_STR(hk_code_name(parse_with(say_whole, &s.bytes, &h).err.code), "limit");
}

static hk_err say_damaged(struct hk_item *item)
{
    (void)item;
    return hk_fail(HK_DAMAGED, "read \x01 the\nheader \xff", 84);
}

TEST(test_inprocess__step_of_an_outcome_cannot_forge_a_log_line)
{
    struct heard h;
    const struct hk_outcome o = parse_with(say_damaged, NULL, &h);
    CHECK_EQ_INT(o.err.code, HK_DAMAGED);
    CHECK_EQ_INT(o.err.offset, 84);
    CHECK_EQ_STR(o.step, "read ? the?header \xEF\xBF\xBD");
}
