/* The XML of a record to struct event. What an event carries is in the schema "Windows Event Schema" (MS-EVEN6): System
   with fixed names, then EventData, UserData, BinaryEventData, DebugData or ProcessingErrorData. Everything that is not
   in System becomes a pair of name and value, in order:
     <Data Name="x">v</Data>   x = v          <Data>v</Data>   Data = v
     <Leaf>v</Leaf>            Leaf = v       <Any a="v"/>     Any@a = v, without Name of Data and xmlns
     <Data Name="x"><a>v</a></Data>           x = <a>v</a>: some providers log XML, which stays as it is */
#include "event.h"

#include "xml.h"

struct frame {
  hk_str name;      /* of the element */
  hk_str data_name; /* its Name attribute, when it is Data or ComplexData */
  hk_str text;
  size_t body_at;   /* where its content begins in the text, once it has a child */
  bool is_data;
  bool has_child;
};

struct builder {
  struct hk_arena *arena;
  struct event e;
  struct hk_pair *pairs;
  size_t n, capacity;
  struct frame frames[XML_DEPTH];
  size_t depth;
  bool keep_raw;  /* there is a text whose pieces can be told as they stand */
  size_t in_data; /* elements open inside a Data: its own content, told as it stands */
  bool no_memory, too_many;
};

int64_t event_number(hk_str s)
{
  uint64_t v = 0;
  size_t i = 0;
  uint64_t base = 10;
  while (s.n > 0 && s.p[s.n - 1] == ' ') s.n--;
  if (s.n > 2 && s.p[0] == '0' && (s.p[1] == 'x' || s.p[1] == 'X')) {
    base = 16;
    i = 2;
  }
  if (i >= s.n || s.n - i > 19) return HK_NO_INT;
  for (; i < s.n; i++) {
    const char c = s.p[i];
    uint64_t digit = 0;
    if (c >= '0' && c <= '9') digit = (uint64_t)(c - '0');
    else if (base == 16 && c >= 'a' && c <= 'f') digit = (uint64_t)(c - 'a' + 10);
    else if (base == 16 && c >= 'A' && c <= 'F') digit = (uint64_t)(c - 'A' + 10);
    else return HK_NO_INT;
    if (v > (UINT64_MAX - digit) / base) return HK_NO_INT;
    v = v * base + digit;
  }
  return v <= INT64_MAX ? (int64_t)v : HK_NO_INT;
}

hk_str event_value(const struct event *e, const char *name)
{
  const hk_str want = hk_str_of(name);
  for (size_t i = 0; i < e->data.n; i++)
    if (hk_str_eq(e->data.v[i].name, want)) return e->data.v[i].value;
  return (hk_str){0};
}

static bool blank(hk_str s)
{
  for (size_t i = 0; i < s.n; i++)
    if (s.p[i] != ' ' && s.p[i] != '\t' && s.p[i] != '\r' && s.p[i] != '\n') return false;
  return true;
}

static void add_pair(struct builder *b, hk_str name, hk_str value)
{
  if (b->n >= EVENT_MAX_PAIRS) {
    b->too_many = true;
    return;
  }
  if (b->n == b->capacity) {
    const size_t capacity = b->capacity == 0 ? 32 : b->capacity * 2;
    struct hk_pair *p = hk_new(b->arena, struct hk_pair, capacity);
    if (p == NULL) {
      b->no_memory = true;
      return;
    }
    for (size_t i = 0; i < b->n; i++) p[i] = b->pairs[i];
    b->pairs = p;
    b->capacity = capacity;
  }
  if (value.p == NULL) value = HK_S("");
  b->pairs[b->n++] = (struct hk_pair){.name = hk_str_clean(b->arena, name), .value = hk_str_clean(b->arena, value)};
}

/* Which part of the event we are in: the element below the root. */
static bool in_part(const struct builder *b, const char *part)
{
  return b->depth >= 2 && hk_str_eq(b->frames[1].name, hk_str_of(part));
}

static void system_attribute(struct builder *b, hk_str element, hk_str name, hk_str value)
{
  struct event *e = &b->e;
  value = hk_str_clean(b->arena, value);
  if (hk_str_eq(element, HK_S("Provider"))) {
    if (hk_str_eq(name, HK_S("Name"))) e->provider = value;
    /* Classic providers (Service Control Manager) are known by this name; the manifest's name stands beside it. */
    else if (hk_str_eq(name, HK_S("EventSourceName")) && e->provider.n == 0) e->provider = value;
    else if (hk_str_eq(name, HK_S("Guid"))) e->provider_guid = value;
  } else if (hk_str_eq(element, HK_S("EventID")) && hk_str_eq(name, HK_S("Qualifiers"))) {
    e->qualifiers = event_number(value);
  } else if (hk_str_eq(element, HK_S("TimeCreated")) && hk_str_eq(name, HK_S("SystemTime"))) {
    hk_time t = HK_TIME_UNKNOWN;
    if (hk_time_parse_iso(value, &t)) e->created_at = t;
  } else if (hk_str_eq(element, HK_S("Correlation")) && hk_str_eq(name, HK_S("ActivityID"))) {
    e->activity_id = value;
  } else if (hk_str_eq(element, HK_S("Execution"))) {
    if (hk_str_eq(name, HK_S("ProcessID"))) e->process_id = event_number(value);
    else if (hk_str_eq(name, HK_S("ThreadID"))) e->thread_id = event_number(value);
  } else if (hk_str_eq(element, HK_S("Security")) && hk_str_eq(name, HK_S("UserID"))) {
    e->user_sid = value;
  }
}

static void system_text(struct builder *b, hk_str element, hk_str text)
{
  struct event *e = &b->e;
  text = hk_str_clean(b->arena, text);
  if (hk_str_eq(element, HK_S("EventID"))) e->id = event_number(text);
  else if (hk_str_eq(element, HK_S("Version"))) e->version = event_number(text);
  else if (hk_str_eq(element, HK_S("Level"))) e->level = event_number(text);
  else if (hk_str_eq(element, HK_S("Task"))) e->task = event_number(text);
  else if (hk_str_eq(element, HK_S("Opcode"))) e->opcode = event_number(text);
  else if (hk_str_eq(element, HK_S("Keywords"))) e->keywords = text;
  else if (hk_str_eq(element, HK_S("EventRecordID"))) e->record_id = event_number(text);
  else if (hk_str_eq(element, HK_S("Channel"))) e->channel = text;
  else if (hk_str_eq(element, HK_S("Computer"))) e->computer = text;
}

void builder_attribute(struct builder *b, hk_str name, hk_str value)
{
  if (b->depth == 0 || b->in_data > 0) return;
  struct frame *f = &b->frames[b->depth - 1];
  if (in_part(b, "System")) {
    system_attribute(b, f->name, name, value);
    return;
  }
  if (b->depth < 2 || hk_str_eq(name, HK_S("xmlns")) || hk_str_starts(name, HK_S("xmlns:"))) return;
  if (f->is_data && hk_str_eq(name, HK_S("Name"))) {
    f->data_name = value;
    return;
  }
  add_pair(b, hk_str_printf(b->arena, "%.*s@%.*s", (int)f->name.n, f->name.p, (int)name.n, name.p), value);
}

static void open_at(struct builder *b, hk_str name, size_t body_at)
{
  if (b->depth >= XML_DEPTH) {
    b->too_many = true;
    return;
  }
  struct frame *parent = b->depth > 0 ? &b->frames[b->depth - 1] : NULL;
  const bool data = b->depth == 2 && (hk_str_eq(name, HK_S("Data")) || hk_str_eq(name, HK_S("ComplexData")));
  if (parent != NULL) {
    if (!parent->has_child) parent->body_at = body_at;
    parent->has_child = true;
    if (b->keep_raw && (parent->is_data || b->in_data > 0)) b->in_data++;
  }
  b->frames[b->depth++] = (struct frame){.name = name, .is_data = data};
}

void builder_text(struct builder *b, hk_str text)
{
  if (b->depth == 0 || b->in_data > 0) return;
  struct frame *f = &b->frames[b->depth - 1];
  if (f->text.n == 0) f->text = text;
  else if (text.n > 0)
    f->text = hk_str_printf(b->arena, "%.*s%.*s", (int)f->text.n, f->text.p, (int)text.n, text.p);
}

static void close_at(struct builder *b, hk_str whole, size_t tag_at)
{
  const struct frame *f = &b->frames[b->depth - 1];
  const bool system = in_part(b, "System");
  b->depth--;
  if (b->in_data > 0) {
    b->in_data--;
    return;
  }
  if (b->keep_raw && f->is_data && f->has_child) {
    add_pair(b, f->data_name.p != NULL ? f->data_name : f->name, hk_str_sub(whole, f->body_at, tag_at));
    return;
  }
  if (system) {
    system_text(b, f->name, f->text);
    return;
  }
  /* The parts themselves and what only holds others say nothing unless they have text of their own. */
  if ((f->has_child || b->depth < 2) && blank(f->text)) return;
  add_pair(b, f->data_name.p != NULL ? f->data_name : f->name, f->text);
}

void builder_open(struct builder *b, hk_str name)
{
  open_at(b, name, 0);
}

void builder_close(struct builder *b)
{
  if (b->depth > 0) close_at(b, (hk_str){0}, 0);
}

void builder_again(struct builder *b)
{
  if (b->depth == 0) return;
  struct frame same = b->frames[b->depth - 1];
  builder_close(b);
  same.text = (hk_str){0};
  b->frames[b->depth++] = same;
}

size_t builder_depth(const struct builder *b)
{
  return b->depth;
}

struct builder *builder_make(struct hk_arena *a)
{
  struct builder *b = hk_new(a, struct builder, 1);
  if (b == NULL) return NULL;
  b->arena = a;
  b->e = (struct event){.record_id = HK_NO_INT, .id = HK_NO_INT, .qualifiers = HK_NO_INT, .version = HK_NO_INT,
                        .level = HK_NO_INT, .task = HK_NO_INT, .opcode = HK_NO_INT, .process_id = HK_NO_INT,
                        .thread_id = HK_NO_INT};
  return b;
}

hk_err builder_state(const struct builder *b)
{
  if (b->no_memory || b->arena->spent) return hk_fail(HK_MEMORY, "read event", HK_NO_OFFSET);
  if (b->too_many) return hk_fail(HK_LIMIT, "read event data", HK_NO_OFFSET);
  return hk_ok();
}

struct event builder_event(struct builder *b)
{
  b->e.data = (struct hk_pairs){.v = b->pairs, .n = b->n};
  return b->e;
}

hk_err event_from_xml(struct hk_arena *a, hk_str xml, struct event *out)
{
  struct xml *x = hk_new(a, struct xml, 1);
  struct builder *b = builder_make(a);
  if (x == NULL || b == NULL) return hk_fail(HK_MEMORY, "read event", HK_NO_OFFSET);
  b->keep_raw = true;
  xml_start(x, a, xml);
  for (enum xml_token t = xml_next(x); t != XML_DONE; t = xml_next(x)) {
    switch (t) {
    case XML_OPEN: open_at(b, x->name, x->body_at); break;
    case XML_ATTRIBUTE: builder_attribute(b, x->name, x->value); break;
    case XML_TEXT: builder_text(b, x->value); break;
    case XML_CLOSE: close_at(b, xml, x->tag_at); break;
    case XML_DONE:
    case XML_BAD: return hk_fail(HK_DAMAGED, "read event text", HK_NO_OFFSET);
    }
    HK_TRY(builder_state(b));
  }
  *out = builder_event(b);
  return hk_ok();
}
