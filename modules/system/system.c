/* Clock, services, drivers, autostart, updates, shadow copies and protection out of state:\clock.jsonl and its like. */
#include "system.h"

#include "lib/command.h"
#include "lib/state.h"

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

HK_RECORD_TYPE(clock, CLOCK_FIELDS, .artifact = "Clock", .verb = HK_OBSERVED, .proof = 3, HK_KINDS(clock_kinds),
               .title = {.ja = "時計", .en = "Clock"});
HK_RECORD_TYPE(service_state, SERVICE_STATE_FIELDS, .artifact = "ServiceState", .verb = HK_OBSERVED, .proof = 3,
               HK_KINDS(service_kinds), .title = {.ja = "サービスとドライバー", .en = "Services and drivers"});
HK_RECORD_TYPE(loaded_driver, LOADED_DRIVER_FIELDS, .artifact = "LoadedDriver", .verb = HK_OBSERVED, .proof = 3,
               HK_KINDS(service_kinds), .title = {.ja = "読み込まれたドライバー", .en = "Loaded drivers"});
HK_RECORD_TYPE(autostart_entry, AUTOSTART_ENTRY_FIELDS, .artifact = "AutostartEntry", .verb = HK_AUTOSTART, .timeless = true, .proof = 3,
               HK_KINDS(autostart_kinds), .title = {.ja = "自動起動（動作中の Windows）", .en = "Start-up, as Windows tells it"});
HK_RECORD_TYPE(update, UPDATE_FIELDS, .artifact = "Update", .verb = HK_NO_VERB, .proof = 3, HK_KINDS(update_kinds),
               .title = {.ja = "更新プログラム", .en = "Updates"});
HK_RECORD_TYPE(shadow_copy, SHADOW_COPY_FIELDS, .artifact = "ShadowCopy", .verb = HK_NO_VERB, .proof = 3, HK_KINDS(shadow_kinds),
               .title = {.ja = "シャドウコピー", .en = "Shadow copies"});
HK_RECORD_TYPE(protection, PROTECTION_FIELDS, .artifact = "Protection", .verb = HK_NO_VERB, .proof = 3, HK_KINDS(protection_kinds),
               .title = {.ja = "防御の設定", .en = "Protection"});

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

#define TOPICS(X)                                                      \
  X("clock", clock, clock_kinds, NULL)                                 \
  X("services", service_state, service_kinds, complete_service)        \
  X("drivers", loaded_driver, service_kinds, NULL)                     \
  X("autostart", autostart_entry, autostart_kinds, complete_autostart) \
  X("updates", update, update_kinds, complete_update)                  \
  X("shadows", shadow_copy, shadow_kinds, NULL)                        \
  X("protection", protection, protection_kinds, NULL)

static const struct state_topic topics[] = {TOPICS(STATE_TOPIC)};
static const struct hk_record_type *const records[] = {TOPICS(STATE_RECORD)};
static const struct hk_artefact artefacts[] = {TOPICS(STATE_FILE)};

static hk_err system_parse(struct hk_item *item)
{
  return state_parse(item, topics, sizeof topics / sizeof topics[0]);
}

const struct hk_module system_module = {
    .name = "system",
    .title = {.ja = "Windows の状態", .en = "State of Windows"},
    .proves = {.ja = "調査の時点で、そのサービス・ドライバー・設定を Windows が挙げたこと、PC の時計の時刻。",
               .en = "That Windows named the service, driver or setting when it was asked, and what the PC's clock said."},
    .proves_not = {.ja = "時計が正しいこと、設定がいつ変わったか、登録されたプログラムが動いたこと。",
                   .en = "That the clock was right, when a setting was changed, or that a configured program ran."},
    HK_ARTEFACTS(artefacts),
    HK_RECORDS(records),
    HK_KINDS(kinds),
    .parse = system_parse,
    .deadline_s = 60,
    .memory_mib = 128,
};
