/* Registry hives. libregf reads them; transaction logs are collected, not replayed, and a hive that needs them is
   marked. Which hive a file is, its content says. */
#include "records.h"

#include <string.h>

static const struct hk_kind kind_hive = {"hive", "hives", "config"};
const struct hk_kind kind_userassist = {"userassist", "ntuser", "ntuser"};
const struct hk_kind kind_autorun_machine = {"autorun.machine", "hives", "config"};
const struct hk_kind kind_autorun_user = {"autorun.user", "ntuser", "ntuser"};
const struct hk_kind kind_bam = {"bam", "hives", "bam"};
/* A kind reaches back as far as its latest changed key: so what rules ask for by itself (is prefetching on?) is one. */
const struct hk_kind kind_config = {"config", "hives", "config"};
const struct hk_kind kind_config_system = {"config.system", "hives", "config"};
const struct hk_kind kind_config_software = {"config.software", "hives", "config"};
const struct hk_kind kind_config_user = {"config.user", "ntuser", "ntuser"};

static const struct hk_kind *const hive_kinds[] = {&kind_hive};
static const struct hk_kind *const userassist_kinds[] = {&kind_userassist};
static const struct hk_kind *const autorun_kinds[] = {&kind_autorun_machine, &kind_autorun_user};
static const struct hk_kind *const bam_kinds[] = {&kind_bam};
static const struct hk_kind *const config_kinds[] = {&kind_config, &kind_config_system, &kind_config_software, &kind_config_user};

HK_RECORD_TYPE(hive, HIVE_FIELDS, .artifact = "Hive", .verb = HK_NO_VERB, .proof = 3, HK_KINDS(hive_kinds),
               .title = {"レジストリハイブ", "Registry hive"});
HK_RECORD_TYPE(userassist, USERASSIST_FIELDS, .artifact = "UserAssist", .verb = HK_EXECUTED, .proof = 2,
               HK_KINDS(userassist_kinds), .title = {"UserAssist", "UserAssist"});
HK_RECORD_TYPE(autorun, AUTORUN_FIELDS, .artifact = "Autorun", .verb = HK_AUTOSTART, .timeless = true, .proof = 2,
               HK_KINDS(autorun_kinds), .title = {"自動起動", "Autostart"});
HK_RECORD_TYPE(bam, BAM_FIELDS, .artifact = "Bam", .verb = HK_EXECUTED, .proof = 2, HK_KINDS(bam_kinds),
               .title = {"BAM", "Background activity"});
HK_RECORD_TYPE(system_info, SYSTEM_INFO_FIELDS, .artifact = "SystemInfo", .verb = HK_NO_VERB, .proof = 2, HK_KINDS(hive_kinds),
               .title = {"システム情報", "System"});
HK_RECORD_TYPE(user_profile, USER_PROFILE_FIELDS, .artifact = "UserProfile", .verb = HK_NO_VERB, .proof = 2,
               HK_KINDS(hive_kinds), .title = {"ユーザープロファイル", "User profile"});
HK_RECORD_TYPE(setting, SETTING_FIELDS, .artifact = "Setting", .verb = HK_CONFIGURED, .timeless = true, .proof = 2,
               HK_KINDS(config_kinds), .title = {"設定", "Setting"});

static hk_err emit_hive(struct hive *h)
{
  uint64_t n_keys = 0, n_values = 0;
  const hk_err e = hive_count(h, &n_keys, &n_values);
  const struct hive_record r = {
    .hive = hk_str_of(hive_kind_name(h->kind)),
    .name = h->header_name,
    .last_written = h->written_at,
    .sequence_primary = h->sequence_1,
    .sequence_secondary = h->sequence_2,
    .dirty = h->dirty,
    .format_version = hk_str_printf(h->arena, "%u.%u", (unsigned)h->major, (unsigned)h->minor),
    .n_keys = (int64_t)n_keys,
    .n_values = (int64_t)n_values,
    .user = h->user,
  };
  hk_emit(h->item, &hive_record_type, 0, &r);
  return e;
}

static hk_err read_hive(struct hive *h)
{
  HK_TRY(hive_open(h, h->item));
  if (h->dirty) hk_remark(h->item, "dirty hive: transaction logs not replayed, the latest changes are not in it");
  if (h->checksum_wrong) hk_remark(h->item, "the checksum of the hive's header is wrong");
  if (libregf_file_is_corrupted(h->file, NULL) == 1) hk_note(h->item, hk_fail(HK_DAMAGED, "read hive bins", HK_NO_OFFSET));
  system_info_emit(h);
  user_profile_emit(h);
  setting_emit(h);
  autorun_emit(h);
  userassist_emit(h);
  bam_emit(h);
  hk_cover(h->item, &kind_hive, hk_str_of(hive_kind_name(h->kind)), HK_TIME_UNKNOWN, h->written_at, false, "");
  const hk_err e = emit_hive(h);
  /* The facts above are out; a walk that ended early is a loss, not a failure. */
  if (e.code != HK_OK && e.code != HK_CANCELLED && e.code != HK_IO) {
    hk_note(h->item, e);
    return hk_ok();
  }
  return e;
}

static hk_err registry_parse(struct hk_item *item)
{
  struct hive *h = hk_new(hk_item_arena(item), struct hive, 1);
  if (h == NULL) return hk_fail(HK_MEMORY, "start registry", HK_NO_OFFSET);
  h->item = item;
  const hk_err e = read_hive(h);
  hive_close(h);
  if (e.code == HK_OK && hk_item_arena(item)->spent) return hk_fail(HK_MEMORY, "read hive", HK_NO_OFFSET);
  return e;
}

static bool registry_recognise(const struct hk_file_info *info, const void *head, size_t n_head)
{
  (void)info;
  /* A transaction log has the same signature and another type. */
  const uint8_t *p = head;
  return n_head >= 32 && memcmp(p, "regf", 4) == 0 && p[28] == 0 && p[29] == 0;
}

static const struct hk_kind *const of_system[] = {&kind_hive, &kind_config, &kind_config_system, &kind_bam};
static const struct hk_kind *const of_software[] = {&kind_hive, &kind_config_software, &kind_autorun_machine};
static const struct hk_kind *const of_user[] = {&kind_hive, &kind_userassist, &kind_autorun_user, &kind_config_user};
static const struct hk_kind *const of_others[] = {&kind_hive};

#define HIVE_GLOB(g, id, r, k)                                                                                         \
  {.glob = g, .name = id, .instance = HK_INSTANCE_FILE, .rank = r, HK_KINDS(k)}
#define OLD_GLOB(g)                                                                                                    \
  {.glob = "C:\\Windows.old\\" g, .name = "hive.old", .instance = HK_INSTANCE_FILE, .rank = 60, .optional = true,        \
   HK_KINDS(of_others)}
#define LOG_GLOB(g, id, r) {.glob = g, .name = id, .instance = HK_INSTANCE_FILE, .collect_only = true, .rank = r}
#define CONFIG "C:\\Windows\\System32\\config\\"

static const struct hk_artefact artefacts[] = {
  HIVE_GLOB(CONFIG "SYSTEM", "hive.system", 10, of_system),
  HIVE_GLOB(CONFIG "SOFTWARE", "hive.software", 10, of_software),
  HIVE_GLOB(CONFIG "SAM", "hive.sam", 10, of_others),
  HIVE_GLOB(CONFIG "SECURITY", "hive.security", 10, of_others),
  HIVE_GLOB(CONFIG "DEFAULT", "hive.default", 11, of_others),
  LOG_GLOB(CONFIG "SYSTEM.LOG*", "hive.log", 10),
  LOG_GLOB(CONFIG "SOFTWARE.LOG*", "hive.log", 10),
  LOG_GLOB(CONFIG "SAM.LOG*", "hive.log", 10),
  LOG_GLOB(CONFIG "SECURITY.LOG*", "hive.log", 10),
  LOG_GLOB(CONFIG "DEFAULT.LOG*", "hive.log", 11),
  HIVE_GLOB("C:\\Users\\*\\NTUSER.DAT", "hive.ntuser", 12, of_user),
  LOG_GLOB("C:\\Users\\*\\ntuser.dat.LOG*", "hive.log", 12),
  HIVE_GLOB("C:\\Users\\*\\AppData\\Local\\Microsoft\\Windows\\UsrClass.dat", "hive.usrclass", 13, of_others),
  LOG_GLOB("C:\\Users\\*\\AppData\\Local\\Microsoft\\Windows\\UsrClass.dat.LOG*", "hive.log", 13),
  HIVE_GLOB("C:\\Windows\\ServiceProfiles\\*\\NTUSER.DAT", "hive.service", 14, of_others),
  LOG_GLOB("C:\\Windows\\ServiceProfiles\\*\\NTUSER.DAT.LOG*", "hive.log", 14),
  {.glob = CONFIG "systemprofile\\NTUSER.DAT", .name = "hive.service", .instance = HK_INSTANCE_FILE, .rank = 14, .optional = true,
   HK_KINDS(of_others)},
  LOG_GLOB("C:\\Windows\\AppCompat\\Programs\\Amcache.hve", "amcache", 12),
  LOG_GLOB("C:\\Windows\\AppCompat\\Programs\\Amcache.hve.LOG*", "hive.log", 12),
  OLD_GLOB("Windows\\System32\\config\\SYSTEM"),
  OLD_GLOB("Windows\\System32\\config\\SOFTWARE"),
  OLD_GLOB("Users\\*\\NTUSER.DAT"),
};

static const struct hk_record_type *const records[] = {
  &hive_record_type, &userassist_record_type,   &autorun_record_type, &bam_record_type, &system_info_record_type,
  &user_profile_record_type, &setting_record_type,
};

static const struct hk_kind *const kinds[] = {
  &kind_hive, &kind_userassist, &kind_autorun_machine, &kind_autorun_user, &kind_bam, &kind_config, &kind_config_system,
  &kind_config_software, &kind_config_user,
};

const struct hk_module registry_module = {
  .name = "registry",
  .title = {"レジストリ", "Registry"},
  .proves = {"Windows がこの設定で動いていたこと、利用者がエクスプローラーからそのプログラムを開始したこと。",
             "How Windows was set up, and that a user started a program through Explorer."},
  .proves_not = {"キーの日時はキー全体のもので、個々の値のものではありません。消された値は残りません。",
                 "The time of a key is not that of one value in it. What was removed is not shown."},
  HK_ARTEFACTS(artefacts),
  HK_RECORDS(records),
  HK_KINDS(kinds),
  .recognise = registry_recognise,
  .parse = registry_parse,
  .deadline_s = 300,
};
