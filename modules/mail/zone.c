/* A Zone.Identifier stream as a file of its own. */
#include "mail/mail.h"

static const hk_str stream_name = HK_S(":Zone.Identifier");

/* Sources name it ":Zone.Identifier" or ":Zone.Identifier:$DATA"; archives and unpackers keep it as
   "%3AZone.Identifier" or as a file of that name alone. */
bool mail_is_zone(hk_str path)
{
  return hk_str_iends(path, HK_S("Zone.Identifier")) || hk_str_iends(path, HK_S("Zone.Identifier:$DATA"));
}

static hk_str marked_file(hk_str path)
{
  const hk_str data = HK_S(":$DATA");
  if (hk_str_iends(path, data)) path.n -= data.n;
  if (hk_str_iends(path, stream_name)) path.n -= stream_name.n;
  return path;
}

hk_err mail_parse_zone(struct hk_item *item)
{
  const struct hk_file_info *const info = hk_item_info(item);
  struct hk_cur whole;
  HK_TRY(hk_item_whole(item, ZONE_LIMIT_BYTES, &whole));
  struct zone_identifier_record r = {.path = marked_file(info->path),
                                     .marked_at = info->born_at != HK_TIME_UNKNOWN ? info->born_at : info->modified_at,
                                     .owner_sid = info->owner_sid};
  const hk_err e = zone_read(hk_item_arena(item), whole, &r);
  if (e.code == HK_LIMIT)
    hk_note(item, e);
  else if (e.code != HK_OK)
    return e;
  if (r.zone_id == HK_NO_INT) hk_remark(item, "zone identifier without a zone");
  hk_emit(item, &zone_identifier_record_type, 0, &r);
  return hk_ok();
}
