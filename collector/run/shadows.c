/* hikeshi ls IMAGE --shadow list */
#include "run/shadows.h"

#include "base/json.h"
#include "run/commands.h"
#include "run/console.h"
#include "run/exit.h"

bool hk_shadow_choice_parse(hk_str s, struct hk_shadow_choice *out)
{
  struct hk_shadow_choice c = {.list = hk_str_eq(s, HK_S("list")), .all = hk_str_eq(s, HK_S("all"))};
  for (size_t i = 0; i < s.n && !c.list && !c.all; i++) {
    if (s.p[i] < '0' || s.p[i] > '9' || i == 4) return false;
    c.number = c.number * 10 + (size_t)(s.p[i] - '0');
  }
  if (s.n > 0 && !c.list && !c.all && c.number == 0) return false;
  *out = c;
  return true;
}

static void put_json(struct hk_buf *out, char letter, size_t number, const struct hk_ntfs_shadow_info *i)
{
  const char drive[2] = {letter, ':'};
  char guid[HK_GUID_SIZE];
  struct hk_json j;
  hk_json_init(&j, out);
  hk_json_open(&j, '{');
  hk_json_put_str(&j, "volume", (hk_str){.p = drive, .n = sizeof drive});
  hk_json_put_int(&j, "shadow", (int64_t)number);
  hk_json_put_time(&j, "created", i->created_at);
  hk_json_put_str(&j, "id", hk_guid_text(i->copy_id, guid));
  hk_json_put_str(&j, "set", hk_guid_text(i->set_id, guid));
  hk_json_put_str(&j, "store", hk_guid_text(i->store_id, guid));
  hk_json_put_int(&j, "size", (int64_t)i->volume_bytes);
  hk_json_put_int(&j, "attributes", i->attributes);
  hk_json_put_str(&j, "state", hk_str_of(hk_code_name(i->state.code)));
  hk_json_close(&j, '}');
  hk_buf_u8(out, '\n');
}

static void put_line(struct hk_buf *out, char letter, size_t number, const struct hk_ntfs_shadow_info *i)
{
  char iso[HK_ISO_SIZE], guid[HK_GUID_SIZE];
  hk_buf_printf(out, "%c: %4zu  %-28s  %s  %15llu  %s%s%s\n", letter, number, hk_time_iso(i->created_at, iso), hk_guid_text(i->copy_id, guid).p,
                (unsigned long long)i->volume_bytes, hk_code_name(i->state.code), i->state.code == HK_OK ? "" : ": ",
                i->state.code == HK_OK ? "" : i->state.step);
}

int hk_run_list_shadows(const struct hk_options *o, const struct hk_ntfs_image *image)
{
  struct hk_buf out;
  hk_buf_init(&out, (size_t)16 << 20);
  int code = HK_EXIT_OK;
  for (size_t k = 0; k < image->n; k++) {
    struct hk_ntfs_shadows *s = NULL;
    hk_err e = hk_ntfs_image_shadows(image, k, &s);
    if (e.code == HK_ABSENT) continue;
    for (size_t n = 0; e.code == HK_OK && n < hk_ntfs_shadows_count(s); n++) {
      const struct hk_ntfs_shadow_info *const i = hk_ntfs_shadows_info(s, n);
      if (o->jsonl)
        put_json(&out, image->v[k].letter, n + 1, i);
      else
        put_line(&out, image->v[k].letter, n + 1, i);
    }
    if (e.code == HK_OK) e = hk_ntfs_shadows_lost(s);
    hk_ntfs_shadows_close(s);
    if (e.code != HK_OK) code = hk_run_fail(o, e, o->operands[0], HK_EXIT_PARTIAL);
  }
  if (!hk_console_bytes(out.p, out.n)) code = HK_EXIT_OUTPUT;
  hk_buf_done(&out);
  return code;
}
