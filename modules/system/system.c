/* Clock, services, drivers, autostart, updates, shadow copies and protection out of state:\clock.jsonl and its like. */
#include "system.h"

#include "lib/command.h"

static const struct hk_kind kind_clock = STATE_KIND("state.clock");
static const struct hk_kind kind_service = STATE_KIND("state.service");
static const struct hk_kind kind_autostart = STATE_KIND("state.autostart");
static const struct hk_kind kind_update = STATE_KIND("state.update");
static const struct hk_kind kind_shadow = STATE_KIND("state.shadow");
static const struct hk_kind kind_protection = STATE_KIND("state.protection");
static const struct hk_kind *const clock_kinds[] = {&kind_clock};
static const struct hk_kind *const service_kinds[] = {&kind_service};
static const struct hk_kind *const autostart_kinds[] = {&kind_autostart};
static const struct hk_kind *const update_kinds[] = {&kind_update};
static const struct hk_kind *const shadow_kinds[] = {&kind_shadow};
static const struct hk_kind *const protection_kinds[] = {&kind_protection};
static const struct hk_kind *const kinds[] = {&kind_clock,  &kind_service, &kind_autostart,
                                              &kind_update, &kind_shadow,  &kind_protection};

extern const struct hk_record_type clock_record_type, service_state_record_type, loaded_driver_record_type,
    autostart_entry_record_type, update_record_type, shadow_copy_record_type, protection_record_type;

HK_RECORD_TYPE(clock, CLOCK_FIELDS, .artifact = "Clock", .verb = HK_OBSERVED, .proof = 3, .kinds = clock_kinds, .n_kinds = 1,
               .title = {.ja = "時計", .en = "Clock"});
HK_RECORD_TYPE(service_state, SERVICE_STATE_FIELDS, .artifact = "ServiceState", .verb = HK_OBSERVED, .proof = 3,
               .kinds = service_kinds, .n_kinds = 1, .title = {.ja = "サービスとドライバー", .en = "Services and drivers"});
HK_RECORD_TYPE(loaded_driver, LOADED_DRIVER_FIELDS, .artifact = "LoadedDriver", .verb = HK_OBSERVED, .proof = 3,
               .kinds = service_kinds, .n_kinds = 1, .title = {.ja = "読み込まれたドライバー", .en = "Loaded drivers"});
HK_RECORD_TYPE(autostart_entry, AUTOSTART_ENTRY_FIELDS, .artifact = "AutostartEntry", .verb = HK_AUTOSTART, .timeless = true, .proof = 3,
               .kinds = autostart_kinds, .n_kinds = 1, .title = {.ja = "自動起動（動作中の Windows）", .en = "Start-up, as Windows tells it"});
HK_RECORD_TYPE(update, UPDATE_FIELDS, .artifact = "Update", .verb = HK_NO_VERB, .proof = 3, .kinds = update_kinds, .n_kinds = 1,
               .title = {.ja = "更新プログラム", .en = "Updates"});
HK_RECORD_TYPE(shadow_copy, SHADOW_COPY_FIELDS, .artifact = "ShadowCopy", .verb = HK_NO_VERB, .proof = 3, .kinds = shadow_kinds,
               .n_kinds = 1, .title = {.ja = "シャドウコピー", .en = "Shadow copies"});
HK_RECORD_TYPE(protection, PROTECTION_FIELDS, .artifact = "Protection", .verb = HK_NO_VERB, .proof = 3, .kinds = protection_kinds,
               .n_kinds = 1, .title = {.ja = "防御の設定", .en = "Protection"});

static bool complete_service(struct state_row *row)
{
  struct service_state_record *const r = row->record;
  const hk_str command = r->dll.n != 0 ? r->dll : r->command_line;
  if (command.n != 0) r->path = hk_command_program(row->arena, command);
  return true;
}

static bool complete_autostart(struct state_row *row)
{
  struct autostart_entry_record *const r = row->record;
  if (r->path.n == 0 && r->command_line.n != 0) r->path = hk_command_program(row->arena, r->command_line);
  return true;
}

/* "Package_for_KB5012345~31bf…" */
static bool complete_update(struct state_row *row)
{
  struct update_record *const r = row->record;
  const hk_str prefix = HK_S("Package_for_");
  const hk_str name = hk_str_sub(r->package, 0, hk_str_find(r->package, '~'));
  if (!hk_str_starts(name, prefix) || !hk_str_starts(hk_str_sub(name, prefix.n, name.n), HK_S("KB"))) return true;
  const hk_str rest = hk_str_sub(name, prefix.n, name.n);
  r->kb = hk_str_sub(rest, 0, hk_str_find(rest, '_'));
  return true;
}

static hk_err system_parse(struct hk_item *item)
{
  static const struct state_topic topics[] = {
      STATE_TOPIC("clock", clock_record_type, clock_kinds, NULL),
      STATE_TOPIC("services", service_state_record_type, service_kinds, complete_service),
      STATE_TOPIC("drivers", loaded_driver_record_type, service_kinds, NULL),
      STATE_TOPIC("autostart", autostart_entry_record_type, autostart_kinds, complete_autostart),
      STATE_TOPIC("updates", update_record_type, update_kinds, complete_update),
      STATE_TOPIC("shadows", shadow_copy_record_type, shadow_kinds, NULL),
      STATE_TOPIC("protection", protection_record_type, protection_kinds, NULL),
  };
  return state_parse(item, topics, sizeof topics / sizeof topics[0]);
}

static const struct hk_record_type *const records[] = {
    &clock_record_type,  &service_state_record_type, &loaded_driver_record_type, &autostart_entry_record_type,
    &update_record_type, &shadow_copy_record_type,   &protection_record_type};
static const struct hk_artefact artefacts[] = {
    STATE_FILE("clock", clock_kinds),         STATE_FILE("services", service_kinds), STATE_FILE("drivers", service_kinds),
    STATE_FILE("autostart", autostart_kinds), STATE_FILE("updates", update_kinds),   STATE_FILE("shadows", shadow_kinds),
    STATE_FILE("protection", protection_kinds),
};

const struct hk_module system_module = {
    .name = "system",
    .title = {.ja = "Windows の状態", .en = "State of Windows"},
    .proves = {.ja = "調査の時点で、そのサービス・ドライバー・設定を Windows が挙げたこと、PC の時計の時刻。",
               .en = "That Windows named the service, driver or setting when it was asked, and what the PC's clock said."},
    .proves_not = {.ja = "時計が正しいこと、設定がいつ変わったか、登録されたプログラムが動いたこと。",
                   .en = "That the clock was right, when a setting was changed, or that a configured program ran."},
    .artefacts = artefacts,
    .n_artefacts = sizeof artefacts / sizeof artefacts[0],
    .records = records,
    .n_records = sizeof records / sizeof records[0],
    .kinds = kinds,
    .n_kinds = sizeof kinds / sizeof kinds[0],
    .parse = system_parse,
    .deadline_s = 60,
    .memory_mib = 128,
};
