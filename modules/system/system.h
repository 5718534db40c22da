/* How the PC was set up when it was asked. */
#ifndef HK_MODULES_SYSTEM_H
#define HK_MODULES_SYSTEM_H

#include "record/record.h"

#define CLOCK_FIELDS(F, R)                                                                                              \
  F(R, TIME, utc, NONE, "時刻", "what the clock of the PC said, in UTC")                                                \
  F(R, TIME, booted_at, NONE, "起動日時", "when Windows was started, from its own count since then")                    \
  F(R, OPT, uptime_ms, NONE, "稼働時間（ミリ秒）", "milliseconds since then, sleep included")                           \
  F(R, OPT, utc_offset_minutes, NONE, "UTC との差（分）", "local time minus UTC, in minutes")                           \
  F(R, STR, time_zone, NONE, "タイムゾーン", "time zone")                                                               \
  F(R, STR, host, NONE, "コンピューター名", "name of the computer")                                                     \
  F(R, STR, windows, TEXT, "Windows", "version of Windows")                                                             \
  F(R, STR, time_source, NONE, "時刻の同期", "how the clock is set: NTP, NT5DS (the domain), NoSync")                   \
  F(R, STR, time_server, NONE, "時刻サーバー", "servers it is set by")                                                  \
  F(R, TIME, seen_at, WHEN, "調査日時", "when it was asked for")
HK_RECORD_STRUCT(clock, CLOCK_FIELDS);

#define SERVICE_STATE_FIELDS(F, R)                                                                                      \
  F(R, STR, service, TEXT, "サービス", "name of the service or driver")                                                 \
  F(R, STR, display_name, NONE, "表示名", "name that people see")                                                       \
  F(R, OPT, type, NONE, "種類", "1 and 2 drivers, 16 and 32 services (SERVICE_…)")                                      \
  F(R, OPT, state, NUMBER, "状態", "1 stopped, 4 running (SERVICE_…)")                                                  \
  F(R, OPT, start_type, NONE, "起動", "0 boot, 1 system, 2 automatic, 3 by hand, 4 disabled")                           \
  F(R, OPT, pid, PID, "プロセス ID", "process it runs in; 0: none")                                                     \
  F(R, STR, command_line, NONE, "コマンド", "command as configured")                                                    \
  F(R, STR, path, PATH, "プログラム", "its own DLL where svchost runs it, else the program of the command")             \
  F(R, STR, dll, NONE, "DLL", "DLL that svchost loads for it")                                                          \
  F(R, STR, account, NONE, "アカウント", "account it runs as")                                                          \
  F(R, STR, load_group, NONE, "グループ", "load order group")                                                           \
  F(R, STR, missing, NONE, "取得できなかったもの", "what could not be asked, with Windows' error")                      \
  F(R, TIME, seen_at, WHEN, "調査日時", "when it was asked for")
HK_RECORD_STRUCT(service_state, SERVICE_STATE_FIELDS);

#define LOADED_DRIVER_FIELDS(F, R)                                                                                      \
  F(R, STR, path, PATH, "ドライバー", "file the kernel has loaded, by its own name")                                    \
  F(R, OPT, load_order, NONE, "順番", "order of loading")                                                               \
  F(R, OPT, size_bytes, NONE, "サイズ（メモリ）", "size in memory")                                                     \
  F(R, TIME, seen_at, WHEN, "調査日時", "when it was asked for")
HK_RECORD_STRUCT(loaded_driver, LOADED_DRIVER_FIELDS);

#define AUTOSTART_ENTRY_FIELDS(F, R)                                                                                    \
  F(R, STR, place, NONE, "場所", "registry key, or: startup folder")                                                    \
  F(R, STR, name, TEXT, "名前", "name of the entry")                                                                    \
  F(R, STR, command_line, NONE, "コマンド", "command as configured")                                                    \
  F(R, STR, path, PATH, "プログラム", "file in the startup folder, else the program of the command")                    \
  F(R, STR, user, USER, "ユーザー", "at whose logon it starts; empty: everybody's")                                     \
  F(R, TIME, modified_at, NONE, "更新日時", "when the file was last written")                                           \
  F(R, TIME, seen_at, NONE, "調査日時", "when it was asked for")
HK_RECORD_STRUCT(autostart_entry, AUTOSTART_ENTRY_FIELDS);

#define UPDATE_FIELDS(F, R)                                                                                             \
  F(R, STR, package, NONE, "パッケージ", "package of the servicing stack")                                              \
  F(R, STR, kb, TEXT, "KB", "number of the article, where the name has one")                                            \
  F(R, OPT, state, NONE, "状態", "112 installed, 80 superseded, 64 staged")                                             \
  F(R, STR, client, NONE, "導入元", "what installed it")                                                                \
  F(R, TIME, installed_at, NONE, "導入日時", "when it was installed")                                                   \
  F(R, TIME, seen_at, NONE, "調査日時", "when it was asked for")
HK_RECORD_STRUCT(update, UPDATE_FIELDS);

#define SHADOW_COPY_FIELDS(F, R)                                                                                        \
  F(R, STR, device, TEXT, "デバイス", "device that the shadow copy is")                                                 \
  F(R, TIME, seen_at, NONE, "調査日時", "when it was asked for")
HK_RECORD_STRUCT(shadow_copy, SHADOW_COPY_FIELDS);

#define PROTECTION_FIELDS(F, R)                                                                                         \
  F(R, STR, part, NONE, "対象", "firewall, defender, security center")                                                  \
  F(R, STR, name, TEXT, "設定", "name of the setting")                                                                  \
  F(R, STR, value, NONE, "値", "its value as told")                                                                     \
  F(R, TIME, seen_at, NONE, "調査日時", "when it was asked for")
HK_RECORD_STRUCT(protection, PROTECTION_FIELDS);

extern const struct hk_module system_module;

#endif
