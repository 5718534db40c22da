/* Reading libevtx's XML; see xml.h. The subset is that of XML 1.0 without DTD. */
#include "xml.h"

#include <string.h>

void xml_start(struct xml *x, struct hk_arena *a, hk_str text)
{
  *x = (struct xml){.in = hk_cur_over(text.p, text.n), .arena = a};
}

static enum xml_token broken(struct xml *x)
{
  x->bad = true;
  return XML_BAD;
}

/* The next byte without stepping; 0 at the end. */
static char peek(const struct xml *x)
{
  return hk_cur_left(&x->in) > 0 ? (char)x->in.base[x->in.pos] : '\0';
}

static bool is_space(char c)
{
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void skip_space(struct xml *x)
{
  while (hk_cur_left(&x->in) > 0 && is_space(peek(x))) hk_skip(&x->in, 1);
}

static bool step_over(struct xml *x, const char *z)
{
  const size_t n = strlen(z);
  if (hk_cur_left(&x->in) < n || memcmp(x->in.base + x->in.pos, z, n) != 0) return false;
  hk_skip(&x->in, n);
  return true;
}

/* Everything up to the byte c, which is not stepped over; at the end of input `bad` is set. */
static hk_str up_to(struct xml *x, char c)
{
  const char *from = (const char *)x->in.base + x->in.pos;
  const size_t left = hk_cur_left(&x->in);
  const char *at = left > 0 ? memchr(from, c, left) : NULL;
  const size_t n = at != NULL ? (size_t)(at - from) : left;
  hk_skip(&x->in, n);
  return (hk_str){.p = from, .n = n};
}

static hk_str take_name(struct xml *x)
{
  const char *from = (const char *)x->in.base + x->in.pos;
  size_t n = 0;
  while (hk_cur_left(&x->in) > 0) {
    const char c = peek(x);
    if (is_space(c) || c == '<' || c == '>' || c == '/' || c == '=' || c == '"' || c == '\'') break;
    hk_skip(&x->in, 1);
    n++;
  }
  return (hk_str){.p = from, .n = n};
}

/* Writes one reference, s without '&' and ';'. Unknown ones give 0: they are left as they stand. */
static size_t reference(hk_str s, char out[4])
{
  static const struct {
    const char *name;
    char c;
  } named[] = {{"lt", '<'}, {"gt", '>'}, {"amp", '&'}, {"quot", '"'}, {"apos", '\''}};
  for (size_t i = 0; i < sizeof named / sizeof named[0]; i++)
    if (hk_str_eq(s, hk_str_of(named[i].name))) {
      out[0] = named[i].c;
      return 1;
    }
  if (s.n < 2 || s.p[0] != '#') return 0;
  const bool hex = s.p[1] == 'x' || s.p[1] == 'X';
  uint32_t v = 0;
  size_t i = hex ? 2 : 1;
  if (i >= s.n || s.n - i > 7) return 0;
  for (; i < s.n; i++) {
    const char c = s.p[i];
    uint32_t digit = 0;
    if (c >= '0' && c <= '9') digit = (uint32_t)(c - '0');
    else if (hex && c >= 'a' && c <= 'f') digit = (uint32_t)(c - 'a' + 10);
    else if (hex && c >= 'A' && c <= 'F') digit = (uint32_t)(c - 'A' + 10);
    else return 0;
    v = v * (hex ? 16 : 10) + digit;
  }
  return hk_utf8_put(v, out);
}

/* A reference is never longer than what it stands for, so the written-out text fits into a copy of the raw one:
   the shortest, "&#9;", has four bytes and gives one; "&#x10FFFF;" gives four. */
static hk_str written_out(struct xml *x, hk_str raw)
{
  if (raw.n == 0 || memchr(raw.p, '&', raw.n) == NULL) return raw;
  char *p = hk_alloc(x->arena, raw.n);
  if (p == NULL) {
    x->bad = true;
    return (hk_str){0};
  }
  size_t n = 0;
  for (size_t i = 0; i < raw.n;) {
    if (raw.p[i] == '&') {
      const hk_str rest = hk_str_sub(raw, i + 1, i + 12);
      const size_t end = hk_str_find(rest, ';');
      char c[4];
      const size_t made = end < rest.n ? reference(hk_str_sub(rest, 0, end), c) : 0;
      if (made > 0) {
        memcpy(p + n, c, made);
        n += made;
        i += end + 2;
        continue;
      }
    }
    p[n++] = raw.p[i++];
  }
  return (hk_str){.p = p, .n = n};
}

static enum xml_token closed(struct xml *x, hk_str name)
{
  if (x->depth == 0 || !hk_str_eq(x->open[x->depth - 1], name)) return broken(x);
  x->depth--;
  x->name = name;
  return XML_CLOSE;
}

/* Inside "<name …": the next attribute, or the end of the tag, after which the caller goes on. */
static enum xml_token next_attribute(struct xml *x, bool *ended)
{
  *ended = false;
  skip_space(x);
  if (step_over(x, "/>")) {
    x->in_tag = false;
    return closed(x, x->open[x->depth - 1]);
  }
  if (step_over(x, ">")) {
    x->in_tag = false;
    x->body_at = x->in.pos;
    *ended = true;
    return XML_OPEN;
  }
  const hk_str name = take_name(x);
  skip_space(x);
  if (name.n == 0 || !step_over(x, "=")) return broken(x);
  skip_space(x);
  const char quote = peek(x);
  if (quote != '"' && quote != '\'') return broken(x);
  hk_skip(&x->in, 1);
  const hk_str raw = up_to(x, quote);
  if (hk_cur_left(&x->in) == 0) return broken(x);
  hk_skip(&x->in, 1);
  x->name = name;
  x->value = written_out(x, raw);
  return x->bad ? XML_BAD : XML_ATTRIBUTE;
}

/* Behind "<![CDATA[" or another opening, up to `end`, which is stepped over. */
static bool up_to_mark(struct xml *x, const char *end, hk_str *inside)
{
  const char *from = (const char *)x->in.base + x->in.pos;
  while (hk_cur_left(&x->in) > 0) {
    (void)up_to(x, end[0]);
    const char *here = (const char *)x->in.base + x->in.pos;
    if (step_over(x, end)) {
      *inside = (hk_str){.p = from, .n = (size_t)(here - from)};
      return true;
    }
    if (hk_cur_left(&x->in) > 0) hk_skip(&x->in, 1);
  }
  return false;
}

static enum xml_token open_element(struct xml *x)
{
  const hk_str name = take_name(x);
  if (name.n == 0 || x->depth >= XML_DEPTH || (x->depth == 0 && x->seen_root)) return broken(x);
  x->seen_root = true;
  x->open[x->depth++] = name;
  x->in_tag = true;
  x->name = name;
  return XML_OPEN;
}

enum xml_token xml_next(struct xml *x)
{
  hk_str inside;
  while (!x->bad) {
    if (x->in_tag) {
      bool ended;
      const enum xml_token t = next_attribute(x, &ended);
      if (!ended) return t;
    }
    if (hk_cur_left(&x->in) == 0 || peek(x) == '\0') return x->depth == 0 && x->seen_root ? XML_DONE : broken(x);
    if (peek(x) != '<') {
      x->value = written_out(x, up_to(x, '<'));
      if (x->bad) return XML_BAD;
      if (x->depth > 0) return XML_TEXT;
      continue;
    }
    x->tag_at = x->in.pos;
    if (step_over(x, "<![CDATA[")) {
      if (!up_to_mark(x, "]]>", &inside) || x->depth == 0) return broken(x);
      x->value = inside;
      return XML_TEXT;
    }
    if (step_over(x, "<!--")) {
      if (!up_to_mark(x, "-->", &inside)) return broken(x);
      continue;
    }
    if (step_over(x, "<?")) {
      if (!up_to_mark(x, "?>", &inside)) return broken(x);
      continue;
    }
    if (step_over(x, "</")) {
      const hk_str name = take_name(x);
      skip_space(x);
      if (!step_over(x, ">")) return broken(x);
      return closed(x, name);
    }
    hk_skip(&x->in, 1);
    return open_element(x);
  }
  return XML_BAD;
}
