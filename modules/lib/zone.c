/* Zone.Identifier: an .ini text of one section, written by the Attachment Execution Service, browsers and archivers
   (MS-FSCC 5.6.1 for the name; the keys beyond ZoneId are documented by what browsers write). */
#include "lib/zone.h"

#include <string.h>

enum { MAX_LINES = 256, LONGEST_NUMBER = 9 };

const struct hk_kind zone_kind = {.name = "zone", .source = "ads", .group = "ads"};
static const struct hk_kind *const zone_kinds[] = {&zone_kind};

HK_RECORD_TYPE(zone_identifier, ZONE_IDENTIFIER_FIELDS, .artifact = "ZoneIdentifier", .verb = HK_MARKED,
               .timeless = true, .proof = 2, HK_KINDS(zone_kinds),
               .title = {.ja = "Web の印", .en = "Mark of the web"});

static hk_str decode(struct hk_arena *a, const struct hk_cur *c)
{
  const uint8_t *const p = c->base;
  if (c->size >= 2 && p[0] == 0xFF && p[1] == 0xFE) return hk_str_from_utf16le(a, p + 2, c->size - 2);
  /* Some browsers wrote UTF-16 without its mark; '[' and a zero byte is how that begins. */
  if (c->size >= 2 && p[0] == '[' && p[1] == 0) return hk_str_from_utf16le(a, p, c->size);
  const size_t mark = c->size >= 3 && memcmp(p, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
  return hk_str_clean(a, (hk_str){.p = (const char *)p + mark, .n = c->size - mark});
}

static hk_str trim(hk_str s)
{
  while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t'))
    s = hk_str_sub(s, 1, s.n);
  while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t' || s.p[s.n - 1] == '\r' || s.p[s.n - 1] == '\0'))
    s.n--;
  return s;
}

static int64_t number_of(hk_str s)
{
  int64_t v = 0;
  if (s.n == 0 || s.n > LONGEST_NUMBER) return HK_NO_INT;
  for (size_t i = 0; i < s.n; i++) {
    if (s.p[i] < '0' || s.p[i] > '9') return HK_NO_INT;
    v = v * 10 + (s.p[i] - '0');
  }
  return v;
}

/* Host of "scheme://user@host:port/…"; empty for about:, data: and paths. */
static hk_str host_of(hk_str url)
{
  size_t at = 0;
  while (at + 3 <= url.n && memcmp(url.p + at, "://", 3) != 0)
    at++;
  if (at + 3 > url.n) return (hk_str){0};
  hk_str rest = hk_str_sub(url, at + 3, url.n);
  size_t end = 0;
  while (end < rest.n && strchr("/?#\\", rest.p[end]) == NULL)
    end++;
  rest = hk_str_sub(rest, 0, end);
  const size_t user = hk_str_rfind(rest, '@');
  if (user < rest.n) rest = hk_str_sub(rest, user + 1, rest.n);
  if (rest.n > 0 && rest.p[0] == '[') return hk_str_sub(rest, 1, hk_str_find(rest, ']'));
  return hk_str_sub(rest, 0, hk_str_find(rest, ':'));
}

static void take_line(struct zone_identifier_record *r, hk_str line)
{
  const size_t eq = hk_str_find(line, '=');
  if (eq == line.n) return;
  const hk_str key = trim(hk_str_sub(line, 0, eq));
  const hk_str value = trim(hk_str_sub(line, eq + 1, line.n));
  if (hk_str_ieq(key, HK_S("ZoneId")))
    r->zone_id = number_of(value);
  else if (hk_str_ieq(key, HK_S("HostUrl")))
    r->host_url = value;
  else if (hk_str_ieq(key, HK_S("ReferrerUrl")))
    r->referrer_url = value;
  else if (hk_str_ieq(key, HK_S("HostIpAddress")))
    r->host_ip_address = value;
  else if (hk_str_ieq(key, HK_S("LastWriterPackageFamilyName")))
    r->writer_package = value;
  else if (hk_str_ieq(key, HK_S("AppZoneId")) || hk_str_ieq(key, HK_S("AppDefinedZoneId")))
    r->app_zone_id = value;
}

static hk_err take_lines(hk_str text, struct zone_identifier_record *r)
{
  bool inside = false, seen = false;
  unsigned n = 0;
  for (size_t at = 0; at < text.n && n < MAX_LINES; n++) {
    const hk_str rest = hk_str_sub(text, at, text.n);
    const size_t end = hk_str_find(rest, '\n');
    const hk_str line = trim(hk_str_sub(rest, 0, end));
    at += end + 1;
    if (line.n > 0 && line.p[0] == '[') inside = hk_str_ieq(line, HK_S("[ZoneTransfer]"));
    seen |= inside;
    if (inside) take_line(r, line);
  }
  if (!seen) return hk_fail(HK_DAMAGED, "section of zone identifier", 0);
  return n == MAX_LINES ? hk_fail(HK_LIMIT, "lines of zone identifier", HK_NO_OFFSET) : hk_ok();
}

hk_err zone_read(struct hk_arena *a, struct hk_cur bytes, struct zone_identifier_record *out)
{
  const hk_str text = decode(a, &bytes);
  if (text.p == NULL && bytes.size > 2) return hk_fail(HK_MEMORY, "decode zone identifier", HK_NO_OFFSET);
  out->zone_id = HK_NO_INT;
  const hk_err e = take_lines(text, out);
  if (e.code != HK_OK && e.code != HK_LIMIT) return e;
  out->host = host_of(out->host_url);
  if (out->host.n == 0) out->host = out->host_ip_address;
  return e;
}
