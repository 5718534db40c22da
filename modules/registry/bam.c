/* Background and Desktop Activity Moderator (Windows 10 1709 and later): the last time each program ran, by account.
   Data: FILETIME in the first 8 bytes of a binary value whose name is the program's path. Windows removes entries that
   are older than seven days when it starts. */
#include "records.h"

enum { MAX_ENTRIES = 100000 };

static void one_user(struct hive *h, libregf_key_t *k, const char *service)
{
  const hk_str sid = key_name(h, k);
  const int n = key_n_values(k);
  hk_time oldest = HK_TIME_UNKNOWN, newest = HK_TIME_UNKNOWN;
  for (int i = 0; i < n && i < MAX_ENTRIES; i++) {
    struct value v;
    if (hk_item_stop(h->item)) return;
    if (!key_value_at(h, k, i, &v)) continue;
    /* "Version" and "SequenceNumber" are numbers. */
    if (v.type != 3 || v.n_data < 8) continue;
    struct hk_cur c = hk_cur_over(v.data, v.n_data);
    const struct bam_record r = {
      .path = v.name,
      .last_run_time = hk_time_from_filetime(hk_u64le(&c)),
      .user = sid,
      .service = hk_str_of(service),
    };
    if (r.last_run_time != HK_TIME_UNKNOWN && (oldest == HK_TIME_UNKNOWN || r.last_run_time < oldest)) oldest = r.last_run_time;
    if (r.last_run_time > newest) newest = r.last_run_time;
    hk_emit(h->item, &bam_record_type, 0, &r);
  }
  if (oldest != HK_TIME_UNKNOWN)
    hive_cover(h, &kind_bam, hk_str_printf(h->arena, "%s %.*s", service, (int)sid.n, sid.p), oldest, newest);
}

void bam_emit(struct hive *h)
{
  static const struct {
    const char *below, *service;
  } places[] = {
    {"Services\\bam\\State\\UserSettings", "bam"},
    {"Services\\bam\\UserSettings", "bam"}, /* 1709 to 1803 */
    {"Services\\dam\\State\\UserSettings", "dam"},
    {"Services\\dam\\UserSettings", "dam"},
  };
  if (h->kind != HIVE_SYSTEM) return;
  for (size_t p = 0; p < sizeof places / sizeof places[0]; p++) {
    libregf_key_t *users = system_key(h, places[p].below, NULL);
    if (users == NULL) continue;
    const int n = key_n_subs(users);
    for (int i = 0; i < n && i < 10000; i++) {
      libregf_key_t *k = key_sub_at(h, users, i);
      if (k == NULL) continue;
      one_user(h, k, places[p].service);
      key_done(&k);
    }
    key_done(&users);
  }
}
