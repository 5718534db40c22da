/* First bytes as in the formats' own documents: PE/COFF, MS-CFB 2.2, APPNOTE.TXT 4.3.7, PDF 7.5.2, MS-SHLLINK 2.1,
   ECMA-119 8.4, MS-ONESTORE 2.3.1. No archive is unpacked: names in its local headers are enough. */
#include "lib/magic.h"

#include <string.h>

enum { SEARCH_BYTES = 1 << 20, TAIL_BYTES = 256 << 10, MAX_ZIP_ENTRIES = 4096, ISO_MARK_AT = 32769, VHD_FOOTER = 512 };

struct signature {
  enum magic_type type;
  uint8_t size;
  uint8_t bytes[16];
};

static const struct signature signatures[] = {
    {.type = MAGIC_ELF, .size = 4, .bytes = {0x7F, 'E', 'L', 'F'}},
    {.type = MAGIC_OLE, .size = 8, .bytes = {0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1}},
    {.type = MAGIC_ZIP, .size = 4, .bytes = {'P', 'K', 3, 4}},
    {.type = MAGIC_ZIP, .size = 4, .bytes = {'P', 'K', 5, 6}},
    {.type = MAGIC_PDF, .size = 5, .bytes = {'%', 'P', 'D', 'F', '-'}},
    {.type = MAGIC_RTF, .size = 5, .bytes = {'{', '\\', 'r', 't', 'f'}},
    {.type = MAGIC_LNK, .size = 16, .bytes = {0x4C, 0, 0, 0, 1, 0x14, 2, 0, 0, 0, 0, 0, 0xC0, 0, 0, 0}},
    {.type = MAGIC_RAR, .size = 6, .bytes = {'R', 'a', 'r', '!', 0x1A, 7}},
    {.type = MAGIC_7Z, .size = 6, .bytes = {'7', 'z', 0xBC, 0xAF, 0x27, 0x1C}},
    {.type = MAGIC_CAB, .size = 4, .bytes = {'M', 'S', 'C', 'F'}},
    {.type = MAGIC_GZIP, .size = 2, .bytes = {0x1F, 0x8B}},
    {.type = MAGIC_CHM, .size = 4, .bytes = {'I', 'T', 'S', 'F'}},
    {.type = MAGIC_VHD, .size = 8, .bytes = {'v', 'h', 'd', 'x', 'f', 'i', 'l', 'e'}},
    {.type = MAGIC_VHD, .size = 8, .bytes = {'c', 'o', 'n', 'e', 'c', 't', 'i', 'x'}},
    {.type = MAGIC_ONENOTE, .size = 8, .bytes = {0xE4, 0x52, 0x5C, 0x7B, 0x8C, 0xD8, 0xA7, 0x4D}},
    {.type = MAGIC_IMAGE, .size = 4, .bytes = {0x89, 'P', 'N', 'G'}},
    {.type = MAGIC_IMAGE, .size = 3, .bytes = {0xFF, 0xD8, 0xFF}},
    {.type = MAGIC_IMAGE, .size = 4, .bytes = {'G', 'I', 'F', '8'}},
    {.type = MAGIC_IMAGE, .size = 4, .bytes = {'I', 'I', '*', 0}},
};

static const char *const names[MAGIC_COUNT] = {
    [MAGIC_UNKNOWN] = "unknown", [MAGIC_EMPTY] = "empty",
    [MAGIC_PROGRAM] = "program", [MAGIC_ELF] = "elf",
    [MAGIC_OLE] = "ole",         [MAGIC_OLE_MACRO] = "ole-macro",
    [MAGIC_MSI] = "msi",         [MAGIC_ZIP] = "zip",
    [MAGIC_OOXML] = "office",    [MAGIC_OOXML_MACRO] = "office-macro",
    [MAGIC_JAR] = "jar",         [MAGIC_PDF] = "pdf",
    [MAGIC_RTF] = "rtf",         [MAGIC_LNK] = "shortcut",
    [MAGIC_SCRIPT] = "script",   [MAGIC_HTML] = "html",
    [MAGIC_RAR] = "rar",         [MAGIC_7Z] = "7z",
    [MAGIC_CAB] = "cab",         [MAGIC_GZIP] = "gzip",
    [MAGIC_ISO] = "iso",         [MAGIC_VHD] = "disk-image",
    [MAGIC_ONENOTE] = "onenote", [MAGIC_CHM] = "help-file",
    [MAGIC_IMAGE] = "image",     [MAGIC_EML] = "mail",
    [MAGIC_TEXT] = "text",
};

const char *magic_name(enum magic_type t)
{
  return names[t < MAGIC_COUNT ? t : MAGIC_UNKNOWN];
}

bool magic_is_active(enum magic_type t)
{
  switch (t) {
  case MAGIC_PROGRAM:
  case MAGIC_OLE_MACRO:
  case MAGIC_MSI:
  case MAGIC_OOXML_MACRO:
  case MAGIC_JAR:
  case MAGIC_LNK:
  case MAGIC_SCRIPT:
  case MAGIC_CHM: return true;
  default: return false;
  }
}

/* ---- names ------------------------------------------------------------------------------------------------------- */

static bool is_one_of(hk_str s, const char *const *list, size_t n)
{
  for (size_t i = 0; i < n; i++)
    if (hk_str_ieq(s, hk_str_of(list[i]))) return true;
  return false;
}

static const char *const script_extensions[] = {"js",  "jse",  "vbs", "vbe", "wsf", "wsh",
                                                "ps1", "psm1", "bat", "cmd", "hta", "sct"};
static const char *const running_extensions[] = {"exe", "scr", "com", "pif", "cpl", "msi", "jar", "lnk",
                                                 "chm", "dll", "msc", "js",  "jse", "vbs", "vbe", "wsf",
                                                 "wsh", "ps1", "bat", "cmd", "hta", "sct", "url"};
static const char *const document_extensions[] = {"pdf",  "doc", "docx", "docm", "xls", "xlsx", "xlsm", "ppt",
                                                  "pptx", "rtf", "txt",  "csv",  "jpg", "jpeg", "png",  "gif",
                                                  "zip",  "htm", "html", "eml",  "msg", "mp3",  "mp4"};
#define COUNT_OF(a) (sizeof(a) / sizeof(a)[0])

hk_str magic_base_name(hk_str path)
{
  size_t from = path.n;
  while (from > 0 && path.p[from - 1] != '\\' && path.p[from - 1] != '/')
    from--;
  const hk_str name = hk_str_sub(path, from, path.n);
  return hk_str_sub(name, 0, hk_str_find(name, ':'));
}

static hk_str extension_of(hk_str name)
{
  const size_t dot = hk_str_rfind(name, '.');
  return dot == name.n ? (hk_str){0} : hk_str_sub(name, dot + 1, name.n);
}

static hk_str trimmed(hk_str s)
{
  while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '.'))
    s.n--;
  return s;
}

struct magic_name_tricks magic_tricks(hk_str path)
{
  const hk_str name = trimmed(magic_base_name(path));
  const hk_str last = extension_of(name);
  struct magic_name_tricks t = {.runs = is_one_of(last, running_extensions, COUNT_OF(running_extensions))};
  for (size_t i = 0; i < name.n;) {
    const uint32_t c = hk_str_next(name, &i);
    if ((c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0x200F) t.reversed = true;
  }
  if (last.n == 0) return t;
  const hk_str stem = hk_str_sub(name, 0, name.n - last.n - 1);
  t.padded = stem.n >= 4 && memcmp(stem.p + stem.n - 4, "    ", 4) == 0;
  t.double_extension =
      t.runs && is_one_of(extension_of(trimmed(stem)), document_extensions, COUNT_OF(document_extensions));
  return t;
}

/* ---- content ----------------------------------------------------------------------------------------------------- */

static bool has_bytes(const struct hk_cur *c, size_t limit, const char *what, size_t n)
{
  const size_t end = c->size < limit ? c->size : limit;
  for (size_t i = 0; i + n <= end; i++)
    if (c->base[i] == (uint8_t)what[0] && memcmp(c->base + i, what, n) == 0) return true;
  return false;
}

/* Stream names in a compound file are UTF-16 in its directory; "_VBA_PROJECT" is the one every macro project has. */
static enum magic_type ole_type(const struct hk_cur *c, hk_str path)
{
  static const char macro[] = "_\0V\0B\0A\0_\0P\0R\0O\0J\0E\0C\0T";
  if (has_bytes(c, SEARCH_BYTES, macro, sizeof macro - 1)) return MAGIC_OLE_MACRO;
  return hk_str_iends(path, HK_S(".msi")) || hk_str_iends(path, HK_S(".msp")) ? MAGIC_MSI : MAGIC_OLE;
}

/* Walks the local headers; where a size is not in the header (it follows the data) the next header is not looked for,
   and vbaProject.bin, which Office does not write first, is searched as text in the central directory. */
static enum magic_type zip_type(const struct hk_cur *c)
{
  struct hk_cur z = *c;
  hk_seek(&z, 0);
  bool office = false, jar = false;
  for (unsigned n = 0; n < MAX_ZIP_ENTRIES && hk_u32le(&z) == 0x04034B50; n++) {
    hk_skip(&z, 2);
    const uint16_t flags = hk_u16le(&z);
    hk_skip(&z, 10);
    const uint32_t packed = hk_u32le(&z);
    hk_skip(&z, 4);
    const uint16_t name_size = hk_u16le(&z);
    const uint16_t extra_size = hk_u16le(&z);
    const uint8_t *const p = hk_take(&z, name_size);
    if (p == NULL) break;
    const hk_str name = {.p = (const char *)p, .n = name_size};
    if (hk_str_iends(name, HK_S("vbaProject.bin"))) return MAGIC_OOXML_MACRO;
    if (hk_str_ieq(name, HK_S("[Content_Types].xml"))) office = true;
    if (hk_str_ieq(name, HK_S("META-INF/MANIFEST.MF"))) jar = true;
    if (flags & 8) break;
    hk_skip(&z, (uint64_t)extra_size + packed);
  }
  if (has_bytes(c, SEARCH_BYTES * 16, "vbaProject.bin", 14)) return MAGIC_OOXML_MACRO;
  if (!office) office = has_bytes(c, SEARCH_BYTES, "[Content_Types].xml", 19);
  return office ? MAGIC_OOXML : jar ? MAGIC_JAR : MAGIC_ZIP;
}

static bool starts_folded(const struct hk_cur *c, const char *lower)
{
  size_t at = c->size >= 3 && memcmp(c->base, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
  while (at < c->size && (c->base[at] == ' ' || c->base[at] == '\t' || c->base[at] == '\r' || c->base[at] == '\n'))
    at++;
  const size_t n = strlen(lower);
  return c->size - at >= n && hk_str_ieq((hk_str){.p = (const char *)c->base + at, .n = n}, hk_str_of(lower));
}

/* Text in one of the usual codings: no zero bytes, or as many as UTF-16 has, and hardly a control character. */
static bool is_text(const struct hk_cur *c)
{
  const size_t look = c->size < 4096 ? c->size : 4096;
  size_t n_control = 0, n_zero = 0;
  for (size_t i = 0; i < look; i++) {
    const uint8_t b = c->base[i];
    if (b == 0)
      n_zero++;
    else if (b < 32 && b != '\t' && b != '\n' && b != '\r' && b != '\f')
      n_control++;
  }
  return n_control * 50 <= look && (n_zero == 0 || (n_zero * 5 >= look && n_zero * 2 <= look + 1));
}

static enum magic_type text_type(const struct hk_cur *c, hk_str path)
{
  if (is_one_of(extension_of(magic_base_name(path)), script_extensions, COUNT_OF(script_extensions)))
    return MAGIC_SCRIPT;
  static const char *const html[] = {"<!doctype html", "<html", "<head", "<script", "<body"};
  for (size_t i = 0; i < COUNT_OF(html); i++)
    if (starts_folded(c, html[i])) return MAGIC_HTML;
  static const char *const mail[] = {
      "received:", "return-path:", "delivered-to:", "mime-version:", "x-mozilla-status:", "from "};
  for (size_t i = 0; i < COUNT_OF(mail); i++)
    if (starts_folded(c, mail[i])) return MAGIC_EML;
  return MAGIC_TEXT;
}

/* MZ, and a header behind it that says PE, or at least bytes that no text has: "MZ" alone begins German letters too. */
static bool is_program(const struct hk_cur *c)
{
  if (c->size < 64 || c->base[0] != 'M' || c->base[1] != 'Z') return false;
  struct hk_cur h = hk_cur_at(c, 60, 4);
  struct hk_cur pe = hk_cur_at(c, hk_u32le(&h), 2);
  if (hk_u8(&pe) == 'P' && hk_u8(&pe) == 'E') return true;
  for (size_t i = 2; i < 64; i++)
    if (c->base[i] == 0) return true;
  return false;
}

enum magic_type magic_of(const struct hk_cur *c, hk_str path)
{
  if (c->size == 0) return MAGIC_EMPTY;
  if (is_program(c)) return MAGIC_PROGRAM;
  for (size_t i = 0; i < COUNT_OF(signatures); i++) {
    const struct signature *const s = &signatures[i];
    if (c->size < s->size || memcmp(c->base, s->bytes, s->size) != 0) continue;
    if (s->type == MAGIC_OLE) return ole_type(c, path);
    if (s->type == MAGIC_ZIP) return zip_type(c);
    return s->type;
  }
  if (c->size >= ISO_MARK_AT + 5 && memcmp(c->base + ISO_MARK_AT, "CD001", 5) == 0) return MAGIC_ISO;
  if (c->size >= VHD_FOOTER && memcmp(c->base + c->size - VHD_FOOTER, "conectix", 8) == 0) return MAGIC_VHD;
  return is_text(c) ? text_type(c, path) : MAGIC_UNKNOWN;
}

hk_err magic_read(struct hk_arena *a, struct hk_bytes *bytes, hk_str path, enum magic_type *out)
{
  const uint64_t size = bytes->size_bytes;
  const size_t head = size < SEARCH_BYTES ? (size_t)size : SEARCH_BYTES;
  const size_t tail = size - head < TAIL_BYTES ? (size_t)(size - head) : TAIL_BYTES;
  uint8_t *const p = hk_new(a, uint8_t, head + tail);
  if (p == NULL) return hk_fail(HK_MEMORY, "read first bytes", 0);
  size_t n_head = 0, n_tail = 0;
  HK_TRY(bytes->read_at(bytes, 0, p, head, &n_head));
  if (n_head == head && tail != 0) HK_TRY(bytes->read_at(bytes, size - tail, p + head, tail, &n_tail));
  const struct hk_cur c = hk_cur_over(p, n_head + n_tail);
  *out = magic_of(&c, path);
  return hk_ok();
}
