/* One pass over the words of the text for addresses, small searches for the rest. Nothing here decides anything. */
#include "ransomnote/find.h"

#include <string.h>

#include "ransomnote/coins.h"

enum { TOX_CHARS = 76, SHORTEST_ID = 6, LONGEST_ID = 256, LONGEST_EMAIL = 120 };

struct list {
  hk_str *v;
  size_t n;
};

static void add(struct list *l, hk_str s)
{
  if (l->n == NOTE_MAX_FOUND) return;
  for (size_t i = 0; i < l->n; i++)
    if (hk_str_ieq(l->v[i], s)) return;
  l->v[l->n++] = s;
}

static bool is_alnum(char c)
{
  return hk_is_digit(c) || hk_is_letter(c);
}
static bool is_hex(char c)
{
  return hk_is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
static bool is_mail_char(char c)
{
  return is_alnum(c) || c == '.' || c == '_' || c == '-' || c == '+' || c == '%';
}

/* ---- words: runs of letters and digits --------------------------------------------------------------------------- */

static bool is_tox(hk_str w)
{
  if (w.n != TOX_CHARS) return false;
  for (size_t i = 0; i < w.n; i++)
    if (!is_hex(w.p[i])) return false;
  return true;
}

struct finds {
  struct list onions, bitcoin, monero, emails, tox;
};

static void take_word(struct finds *f, hk_str text, size_t from, size_t to)
{
  const hk_str word = hk_str_sub(text, from, to);
  const hk_str next = hk_str_sub(text, to, to + 6);
  if (word.n >= 10 && hk_str_ieq(next, HK_S(".onion")) && (to + 6 == text.n || !is_alnum(text.p[to + 6])))
    add(&f->onions, hk_str_sub(text, from, to + 6));
  if (is_tox(word))
    add(&f->tox, word);
  else if (coin_is_monero(word))
    add(&f->monero, word);
  else if (word.n >= 14 && coin_is_bitcoin(word))
    add(&f->bitcoin, word);
}

/* At '@': the address around it, if it is one. */
static void take_email(struct finds *f, hk_str text, size_t at)
{
  size_t from = at, to = at + 1;
  while (from > 0 && at - from < LONGEST_EMAIL && is_mail_char(text.p[from - 1]))
    from--;
  while (to < text.n && to - at < LONGEST_EMAIL && (is_alnum(text.p[to]) || text.p[to] == '.' || text.p[to] == '-'))
    to++;
  while (to > at + 1 && !is_alnum(text.p[to - 1]))
    to--;
  while (from < at && !is_alnum(text.p[from]))
    from++;
  const hk_str host = hk_str_sub(text, at + 1, to);
  const size_t dot = hk_str_rfind(host, '.');
  if (from == at || dot == host.n || dot == 0 || host.n - dot < 3 || !hk_is_letter(host.p[host.n - 1])) return;
  add(&f->emails, hk_str_sub(text, from, to));
}

static void find_words(struct finds *f, hk_str text)
{
  for (size_t i = 0; i < text.n;) {
    if (text.p[i] == '@') take_email(f, text, i);
    if (!is_alnum(text.p[i])) {
      i++;
      continue;
    }
    const size_t from = i;
    while (i < text.n && is_alnum(text.p[i]))
      i++;
    take_word(f, text, from, i);
  }
}

/* ---- personal code and extension --------------------------------------------------------------------------------- */

static bool find_text(hk_str s, hk_str what, size_t from, size_t *at)
{
  for (size_t i = from; i + what.n <= s.n; i++) {
    if (s.p[i] != what.p[0] || memcmp(s.p + i, what.p, what.n) != 0) continue;
    *at = i;
    return true;
  }
  return false;
}

/* In the folded text, so that words match; the code is then looked up in the plain text to keep its case. */
static hk_str code_after(hk_str s, size_t at)
{
  while (at < s.n && !is_alnum(s.p[at])) {
    const char c = s.p[at];
    if (c != ' ' && c != ':' && c != '=' && c != '-' && c != '>' && c != '#' && c != '{' && c != '(')
      return (hk_str){0};
    at++;
  }
  size_t to = at;
  size_t n_digits = 0;
  while (to < s.n && (is_alnum(s.p[to]) || memchr("-_+/={}", s.p[to], 7) != NULL))
    n_digits += hk_is_digit(s.p[to++]);
  if (to - at < SHORTEST_ID || to - at > LONGEST_ID || n_digits == 0) return (hk_str){0};
  return hk_str_sub(s, at, to);
}

static hk_str in_plain(hk_str plain, hk_str folded_code)
{
  for (size_t i = 0; i + folded_code.n <= plain.n; i++) {
    const hk_str here = hk_str_sub(plain, i, i + folded_code.n);
    if (hk_str_ieq(here, folded_code)) return here;
  }
  return folded_code;
}

static hk_str find_personal_id(hk_str plain, hk_str folded)
{
  static const hk_str before[] = {HK_S("begin id---"),
                                  HK_S("personal id"),
                                  HK_S("decryption id"),
                                  HK_S("your id"),
                                  HK_S("your unique id"),
                                  HK_S("unique id"),
                                  HK_S("client id"),
                                  HK_S("personal code"),
                                  HK_S("access key"),
                                  HK_S("your key"),
                                  HK_S("your code"),
                                  HK_S("this id"),
                                  HK_S("login"),
                                  HK_S("your company id"),
                                  HK_S("identification code"),
                                  HK_S("key:"),
                                  HK_S("id:")};
  for (size_t i = 0; i < sizeof before / sizeof before[0]; i++) {
    size_t at = 0;
    for (size_t from = 0; find_text(folded, before[i], from, &at); from = at + 1) {
      const hk_str code = code_after(folded, at + before[i].n);
      if (code.n != 0) return in_plain(plain, code);
    }
  }
  return (hk_str){0};
}

static bool usual_extension(hk_str e)
{
  static const hk_str usual[] = {HK_S("txt"),  HK_S("html"),  HK_S("hta"), HK_S("exe"),  HK_S("com"),
                                 HK_S("org"),  HK_S("onion"), HK_S("net"), HK_S("zip"),  HK_S("doc"),
                                 HK_S("docx"), HK_S("pdf"),   HK_S("jpg"), HK_S("files")};
  for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++)
    if (hk_str_ieq(e, usual[i])) return true;
  return false;
}

/* "extension .abc", "extension name: *.abc", "abc12 extension". */
static hk_str extension_near(hk_str s, size_t word_at)
{
  const hk_str after = hk_str_sub(s, word_at + 9, word_at + 32);
  const size_t dot = hk_str_find(after, '.');
  if (dot < after.n) {
    size_t to = dot + 1;
    while (to < after.n && (is_alnum(after.p[to]) || after.p[to] == '-' || after.p[to] == '_'))
      to++;
    const hk_str e = hk_str_sub(after, dot + 1, to);
    bool only_blanks = true;
    for (size_t i = 0; i < dot; i++)
      if (is_alnum(after.p[i]) && i > 8) only_blanks = false;
    if (only_blanks && e.n >= 2 && e.n <= 20 && !usual_extension(e)) return e;
  }
  size_t to = word_at;
  while (to > 0 && s.p[to - 1] == ' ')
    to--;
  size_t from = to;
  bool digit = false;
  while (from > 0 && is_alnum(s.p[from - 1]))
    digit |= hk_is_digit(s.p[--from]);
  const hk_str e = hk_str_sub(s, from, to);
  const bool dotted = from > 0 && s.p[from - 1] == '.';
  return (dotted || digit) && e.n >= 3 && e.n <= 20 && !usual_extension(e) ? e : (hk_str){0};
}

static hk_str find_extension(hk_str plain, hk_str folded)
{
  size_t at = 0;
  for (size_t from = 0; find_text(folded, HK_S("extension"), from, &at); from = at + 9) {
    const hk_str e = extension_near(folded, at);
    if (e.n != 0) return in_plain(plain, e);
  }
  return (hk_str){0};
}

/* ---- language ---------------------------------------------------------------------------------------------------- */

static size_t count_words(hk_str s, const hk_str *words, size_t n_words)
{
  size_t n = 0;
  for (size_t i = 0; i < n_words; i++) {
    size_t at = 0;
    for (size_t from = 0; find_text(s, words[i], from, &at); from = at + words[i].n)
      n++;
  }
  return n;
}

static const char *latin_language(hk_str s)
{
  static const struct {
    const char *name;
    hk_str words[5];
  } table[] = {{"en", {HK_S(" the "), HK_S(" your "), HK_S(" you "), HK_S(" are "), HK_S(" and ")}},
               {"de", {HK_S(" und "), HK_S(" die "), HK_S(" sie "), HK_S(" der "), HK_S(" ihre ")}},
               {"fr", {HK_S(" les "), HK_S(" vos "), HK_S(" et "), HK_S(" vous "), HK_S(" des ")}},
               {"es", {HK_S(" los "), HK_S(" sus "), HK_S(" para "), HK_S(" el "), HK_S(" una ")}},
               {"pt", {HK_S(" os "), HK_S(" seus "), HK_S(" para "), HK_S(" um "), HK_S(" com ")}},
               {"it", {HK_S(" il "), HK_S(" tuoi "), HK_S(" che "), HK_S(" sono "), HK_S(" per ")}}};
  const char *best = "";
  size_t most = 1;
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    const size_t n = count_words(s, table[i].words, 5);
    if (n > most) {
      most = n;
      best = table[i].name;
    }
  }
  return best;
}

static const char *language_of(hk_str s)
{
  size_t kana = 0, han = 0, hangul = 0, cyrillic = 0, latin = 0;
  for (size_t i = 0; i < s.n;) {
    const uint32_t c = hk_str_next(s, &i);
    kana += c >= 0x3041 && c <= 0x30FF;
    han += c >= 0x4E00 && c <= 0x9FFF;
    hangul += c >= 0xAC00 && c <= 0xD7A3;
    cyrillic += c >= 0x400 && c <= 0x4FF;
    latin += c >= 'a' && c <= 'z';
  }
  if (kana > 10 && (kana + han) * 2 > latin) return "ja";
  if (hangul > 10 && hangul * 2 > latin) return "ko";
  if (han > 10 && han * 2 > latin) return "zh";
  if (cyrillic > 10 && cyrillic > latin) return "ru";
  return latin_language(s);
}

bool note_find(struct hk_arena *a, hk_str whole, hk_str plain, hk_str folded, struct note_found *out)
{
  hk_str *const room = hk_new(a, hk_str, 5 * (size_t)NOTE_MAX_FOUND);
  if (room == NULL) return false;
  struct finds f = {.onions.v = room,
                    .bitcoin.v = room + NOTE_MAX_FOUND,
                    .monero.v = room + 2 * NOTE_MAX_FOUND,
                    .emails.v = room + 3 * NOTE_MAX_FOUND,
                    .tox.v = room + 4 * NOTE_MAX_FOUND};
  find_words(&f, plain);
  if (whole.p != plain.p) find_words(&f, whole);
  *out = (struct note_found){.onions = {.v = f.onions.v, .n = f.onions.n},
                             .bitcoin = {.v = f.bitcoin.v, .n = f.bitcoin.n},
                             .monero = {.v = f.monero.v, .n = f.monero.n},
                             .emails = {.v = f.emails.v, .n = f.emails.n},
                             .tox = {.v = f.tox.v, .n = f.tox.n},
                             .personal_id = find_personal_id(plain, folded),
                             .extension = find_extension(plain, folded),
                             .language = language_of(folded)};
  return true;
}
