/* VMware, "Virtual Disk Format 5.0", "The Disk Descriptor File". The parts of a line are looked at as they are: names are judged by
   those who open files. */
#include "source/disk/vmdk_text.h"

static bool is_blank(char c)
{
  return c == ' ' || c == '\t' || c == '\r' || c == 0;
}

static hk_str trimmed(hk_str s)
{
  while (s.n > 0 && is_blank(s.p[s.n - 1])) s.n--;
  while (s.n > 0 && is_blank(s.p[0])) s = hk_str_sub(s, 1, s.n);
  return s;
}

static hk_str next_line(hk_str text, size_t *pos)
{
  const hk_str rest = hk_str_sub(text, *pos, text.n);
  const size_t n = hk_str_find(rest, '\n');
  *pos += n < rest.n ? n + 1 : n;
  return trimmed(hk_str_sub(rest, 0, n));
}

static hk_str next_word(hk_str *line)
{
  size_t n = 0;
  *line = trimmed(*line);
  while (n < line->n && !is_blank(line->p[n])) n++;
  const hk_str word = hk_str_sub(*line, 0, n);
  *line = trimmed(hk_str_sub(*line, n, line->n));
  return word;
}

static bool number_of(hk_str s, uint64_t *out)
{
  uint64_t v = 0;
  if (s.n == 0 || s.n > 18) return false;
  for (size_t i = 0; i < s.n; i++) {
    if (s.p[i] < '0' || s.p[i] > '9') return false;
    v = v * 10 + (uint64_t)(s.p[i] - '0');
  }
  *out = v;
  return true;
}

bool hk_vmdk_text_is(hk_str text)
{
  const hk_str title = HK_S("# Disk DescriptorFile");
  return hk_str_ieq(hk_str_sub(text, 0, title.n), title);
}

hk_err hk_vmdk_text_parent(hk_str text)
{
  for (size_t pos = 0; pos < text.n;) {
    const hk_str line = next_line(text, &pos);
    const size_t equals = hk_str_find(line, '=');
    if (!hk_str_ieq(trimmed(hk_str_sub(line, 0, equals)), HK_S("parentCID"))) continue;
    if (!hk_str_ieq(trimmed(hk_str_sub(line, equals + 1, line.n)), HK_S("ffffffff")))
      return hk_fail(HK_UNSUPPORTED, "open the image: VMDK that holds only what differs from its parent (a snapshot), merge the two first", 0);
  }
  return hk_ok();
}

static hk_err kind_of(hk_str word, enum hk_vmdk_kind *out)
{
  static const struct {
    const char *word;
    enum hk_vmdk_kind kind;
    const char *refused;
  } kinds[] = {
      {"FLAT", HK_VMDK_FLAT, NULL},
      {"VMFS", HK_VMDK_FLAT, NULL},
      {"ZERO", HK_VMDK_ZERO, NULL},
      {"SPARSE", HK_VMDK_SPARSE, NULL},
      {"VMFSSPARSE", HK_VMDK_SPARSE, "open the image: VMDK with sparse extents of ESX (COWD), convert it with qemu-img first"},
      {"SESPARSE", HK_VMDK_SPARSE, "open the image: VMDK with sparse extents of ESX (SESPARSE), convert it with qemu-img first"},
      {"VMFSRDM", HK_VMDK_FLAT, "open the image: VMDK that stands for a device"},
      {"VMFSRAW", HK_VMDK_FLAT, "open the image: VMDK that stands for a device"},
  };
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
    if (!hk_str_ieq(word, hk_str_of(kinds[i].word))) continue;
    if (kinds[i].refused != NULL) return hk_fail(HK_UNSUPPORTED, kinds[i].refused, HK_NO_OFFSET);
    *out = kinds[i].kind;
    return hk_ok();
  }
  return hk_fail(HK_UNSUPPORTED, "open the image: VMDK with an extent of a kind that is not known", HK_NO_OFFSET);
}

static bool is_access(hk_str word)
{
  return hk_str_ieq(word, HK_S("RW")) || hk_str_ieq(word, HK_S("RDONLY")) || hk_str_ieq(word, HK_S("NOACCESS"));
}

/* What follows access, size and kind: "name" and, of flat ones, the sector. */
static hk_err name_of(hk_str rest, struct hk_vmdk_extent *out, int64_t at)
{
  if (rest.n < 2 || rest.p[0] != '"') return hk_fail(HK_DAMAGED, "read the descriptor of the VMDK: name of an extent", at);
  rest = hk_str_sub(rest, 1, rest.n);
  const size_t end = hk_str_find(rest, '"');
  out->name = hk_str_sub(rest, 0, end);
  hk_str after = hk_str_sub(rest, end + 1, rest.n);
  const hk_str sector = next_word(&after);
  if (end == rest.n || (out->kind == HK_VMDK_FLAT && sector.n > 0 && !number_of(sector, &out->from_sector)))
    return hk_fail(HK_DAMAGED, "read the descriptor of the VMDK: place of an extent", at);
  return hk_ok();
}

hk_err hk_vmdk_text_extent(hk_str text, size_t *pos, struct hk_vmdk_extent *out, bool *more)
{
  *more = false;
  while (*pos < text.n) {
    const int64_t at = (int64_t)*pos;
    hk_str line = next_line(text, pos);
    const hk_str access = next_word(&line);
    if (!is_access(access)) continue;
    *out = (struct hk_vmdk_extent){.kind = HK_VMDK_FLAT};
    const hk_str n_sectors = next_word(&line), kind = next_word(&line);
    if (hk_str_ieq(access, HK_S("NOACCESS"))) return hk_fail(HK_UNSUPPORTED, "open the image: VMDK with an extent that may not be read", at);
    if (!number_of(n_sectors, &out->n_sectors)) return hk_fail(HK_DAMAGED, "read the descriptor of the VMDK: size of an extent", at);
    HK_TRY(kind_of(kind, &out->kind));
    if (out->kind != HK_VMDK_ZERO) HK_TRY(name_of(line, out, at));
    *more = true;
    return hk_ok();
  }
  return hk_ok();
}
