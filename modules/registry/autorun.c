/* What starts by itself at boot or logon out of the Run keys (MSDN, "Run and RunOnce Registry Keys"; the Policies and
   Windows NT ones are documented with group policy). Services and tasks are other modules' matter. */
#include "lib/command.h"
#include "records.h"

enum { MAX_ENTRIES = 10000 };

static const char *const machine_keys[] = {
  "Microsoft\\Windows\\CurrentVersion\\Run",
  "Microsoft\\Windows\\CurrentVersion\\RunOnce",
  "Microsoft\\Windows\\CurrentVersion\\RunServices",
  "Microsoft\\Windows\\CurrentVersion\\RunServicesOnce",
  "Microsoft\\Windows\\CurrentVersion\\Policies\\Explorer\\Run",
  "Wow6432Node\\Microsoft\\Windows\\CurrentVersion\\Run",
  "Wow6432Node\\Microsoft\\Windows\\CurrentVersion\\RunOnce",
  "Wow6432Node\\Microsoft\\Windows\\CurrentVersion\\Policies\\Explorer\\Run",
};

static const char *const user_keys[] = {
  "Software\\Microsoft\\Windows\\CurrentVersion\\Run",
  "Software\\Microsoft\\Windows\\CurrentVersion\\RunOnce",
  "Software\\Microsoft\\Windows\\CurrentVersion\\RunServices",
  "Software\\Microsoft\\Windows\\CurrentVersion\\RunServicesOnce",
  "Software\\Microsoft\\Windows\\CurrentVersion\\Policies\\Explorer\\Run",
  "Software\\Wow6432Node\\Microsoft\\Windows\\CurrentVersion\\Run",
  "Software\\Wow6432Node\\Microsoft\\Windows\\CurrentVersion\\RunOnce",
};

static const char *const winlogon_values[] = {"Shell", "Userinit", "Taskman", "VmApplet"};
static const char *const windows_values[] = {"Load", "Run", "AppInit_DLLs"};

static void emit_one(struct hive *h, libregf_key_t *k, const char *key_path, const struct value *v)
{
  const hk_str command = value_text(h, v);
  if (command.n == 0) return;
  const struct autorun_record r = {
    .name = v->name,
    .command_line = command,
    .path = hk_command_program(h->arena, command),
    .key_path = hk_str_of(key_path),
    .key_written = key_written(k),
    .user = h->user,
  };
  hk_emit(h->item, &autorun_record_type, h->kind == HIVE_USER ? 1 : 0, &r);
}

static void cover(struct hive *h, libregf_key_t *k, const char *key_path)
{
  const struct hk_kind *kind = h->kind == HIVE_USER ? &kind_autorun_user : &kind_autorun_machine;
  const hk_str instance = h->user.n > 0 ? hk_str_printf(h->arena, "%.*s %s", (int)h->user.n, h->user.p, key_path)
                                        : hk_str_of(key_path);
  hive_cover(h, kind, instance, key_written(k), HK_TIME_UNKNOWN);
}

static void all_values(struct hive *h, const char *key_path)
{
  libregf_key_t *k = hive_key(h, key_path);
  if (k == NULL) return;
  const int n = key_n_values(k);
  for (int i = 0; i < n && i < MAX_ENTRIES; i++) {
    struct value v;
    if (key_value_at(h, k, i, &v)) emit_one(h, k, key_path, &v);
  }
  cover(h, k, key_path);
  key_done(&k);
}

static void named_values(struct hive *h, const char *key_path, const char *const *names, size_t n)
{
  libregf_key_t *k = hive_key(h, key_path);
  if (k == NULL) return;
  for (size_t i = 0; i < n; i++) {
    struct value v;
    if (!key_value(h, k, names[i], &v)) continue;
    if (v.name.n == 0) v.name = hk_str_of(names[i]);
    emit_one(h, k, key_path, &v);
  }
  key_done(&k);
}

void autorun_emit(struct hive *h)
{
  if (h->kind == HIVE_SOFTWARE) {
    for (size_t i = 0; i < sizeof machine_keys / sizeof machine_keys[0]; i++) all_values(h, machine_keys[i]);
    named_values(h, "Microsoft\\Windows NT\\CurrentVersion\\Winlogon", winlogon_values, 4);
    named_values(h, "Microsoft\\Windows NT\\CurrentVersion\\Windows", windows_values, 3);
  } else if (h->kind == HIVE_USER) {
    for (size_t i = 0; i < sizeof user_keys / sizeof user_keys[0]; i++) all_values(h, user_keys[i]);
    named_values(h, "Software\\Microsoft\\Windows NT\\CurrentVersion\\Winlogon", winlogon_values, 1);
    named_values(h, "Software\\Microsoft\\Windows NT\\CurrentVersion\\Windows", windows_values, 2);
  }
}
