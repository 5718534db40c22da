/* What the module can tell of a hive. */
#ifndef REGISTRY_RECORDS_H
#define REGISTRY_RECORDS_H

#include "hive.h"

#define HIVE_FIELDS(F, R)                                                                                              \
  F(R, STR, hive, NONE, "ハイブ", "which hive it is, by its content")                                                   \
  F(R, STR, name, NONE, "ヘッダーの名前", "name in the header: the end of the path it was loaded from")                \
  F(R, TIME, last_written, WHEN, "最終書き込み", "time in the header")                                                  \
  F(R, INT, sequence_primary, NONE, "シーケンス番号 1", "primary sequence number")                                      \
  F(R, INT, sequence_secondary, NONE, "シーケンス番号 2", "secondary sequence number")                                  \
  F(R, BOOL, dirty, NONE, "未反映の変更", "the numbers differ: the latest changes are in the transaction logs")        \
  F(R, STR, format_version, NONE, "形式", "version of the format")                                                      \
  F(R, INT, n_keys, NONE, "キー数", "keys that could be walked, with the root")                                         \
  F(R, INT, n_values, NONE, "値の数", "values of those keys")                                                           \
  F(R, STR, user, USER, "ユーザー", "whose hive it is: SID, or name:NAME from the folder")
HK_RECORD_STRUCT(hive, HIVE_FIELDS);

#define USERASSIST_FIELDS(F, R)                                                                                        \
  F(R, STR, name, TEXT, "名前", "decoded name as stored")                                                               \
  F(R, STR, path, PATH, "プログラム", "path, with known folders written out")                                           \
  F(R, STR, file_name, NAME, "ファイル名", "file name, where only that is stored")                                      \
  F(R, STR, guid, NONE, "GUID", "which list it stands in: programs or shortcuts")                                       \
  F(R, OPT, run_count, NONE, "実行回数", "times it was started through Explorer")                                       \
  F(R, OPT, focus_count, NONE, "前面回数", "times it had the focus")                                                    \
  F(R, OPT, focus_time_ms, NONE, "前面時間（ミリ秒）", "time in the foreground, milliseconds")                          \
  F(R, TIME, last_run_time, WHEN, "最終実行日時", "time of the last start")                                             \
  F(R, TIME, seeded_time, NONE, "初期登録日時", "time Windows itself wrote on entries of a new profile; no start")      \
  F(R, STR, user, USER, "ユーザー", "whose hive it is: SID, or name:NAME from the folder")
HK_RECORD_STRUCT(userassist, USERASSIST_FIELDS);

#define AUTORUN_FIELDS(F, R)                                                                                           \
  F(R, STR, name, NONE, "名前", "name of the entry")                                                                    \
  F(R, STR, command_line, TEXT, "コマンド", "command as stored")                                                        \
  F(R, STR, path, PATH, "プログラム", "program without quotes and arguments, system folders written out")               \
  F(R, STR, key_path, NONE, "キー", "key it stands in")                                                                 \
  F(R, TIME, key_written, WHEN, "キーの最終書き込み", "last change of the key, not of this entry alone")               \
  F(R, STR, user, USER, "ユーザー", "at whose logon it starts; empty: everybody's")
HK_RECORD_STRUCT(autorun, AUTORUN_FIELDS);

#define BAM_FIELDS(F, R)                                                                                               \
  F(R, STR, path, PATH, "プログラム", "path as stored: with the device of the volume, or a package name")               \
  F(R, TIME, last_run_time, WHEN, "最終実行日時", "time the program last ran")                                          \
  F(R, STR, user, USER, "ユーザー", "SID of the account it ran as")                                                     \
  F(R, STR, service, NONE, "サービス", "bam or dam")
HK_RECORD_STRUCT(bam, BAM_FIELDS);

#define SYSTEM_INFO_FIELDS(F, R)                                                                                       \
  F(R, STR, hive, NONE, "ハイブ", "hive this part comes from")                                                          \
  F(R, STR, computer_name, NONE, "コンピューター名", "name of the computer")                                            \
  F(R, STR, domain, NONE, "ドメイン", "DNS domain it belongs to")                                                       \
  F(R, STR, time_zone, NONE, "タイムゾーン", "time zone")                                                               \
  F(R, OPT, bias_minutes, NONE, "UTC との差（分）", "minutes to add to local time for UTC, now; Japan: -540")            \
  F(R, OPT, standard_bias_minutes, NONE, "標準時の差（分）", "the same without daylight saving")                        \
  F(R, OPT, current_control_set, NONE, "現在のコントロールセット", "number of the control set in use")                  \
  F(R, TIME, last_shutdown, NONE, "最終シャットダウン", "time of the last orderly shutdown")                            \
  F(R, STR, product_name, NONE, "製品名", "name of the product; Windows 11 still calls itself Windows 10 here")         \
  F(R, STR, edition, NONE, "エディション", "edition")                                                                   \
  F(R, STR, display_version, NONE, "バージョン", "release, such as 22H2")                                               \
  F(R, STR, build, NONE, "ビルド", "build, with its revision where known")                                              \
  F(R, TIME, install_date, NONE, "インストール日時", "time this version was installed")                                 \
  F(R, STR, registered_owner, NONE, "登録所有者", "registered owner")                                                   \
  F(R, STR, registered_organization, NONE, "登録組織", "registered organisation")                                       \
  F(R, STR, system_root, NONE, "Windows フォルダー", "folder of Windows")
HK_RECORD_STRUCT(system_info, SYSTEM_INFO_FIELDS);

#define USER_PROFILE_FIELDS(F, R)                                                                                      \
  F(R, STR, sid, USER, "SID", "SID of the account")                                                                     \
  F(R, STR, profile_path, NONE, "プロファイル", "folder of the profile, as stored")                                     \
  F(R, STR, user_name, NONE, "ユーザー名", "name of that folder: usually, not always, the account's")                   \
  F(R, TIME, key_written, WHEN, "キーの最終書き込み", "last change of the entry: about the last logon or logoff")      \
  F(R, TIME, last_load, NONE, "最終読み込み", "time the profile was last loaded")                                       \
  F(R, TIME, last_unload, NONE, "最終解放", "time it was last unloaded")
HK_RECORD_STRUCT(user_profile, USER_PROFILE_FIELDS);

#define SETTING_FIELDS(F, R)                                                                                           \
  F(R, STR, name, TEXT, "設定", "name of the setting")                                                                  \
  F(R, STR, value, NONE, "値", "its value, as text")                                                                    \
  F(R, STR, value_type, NONE, "型", "type of the value")                                                                \
  F(R, STR, key_path, NONE, "キー", "key it stands in")                                                                 \
  F(R, TIME, key_written, WHEN, "キーの最終書き込み", "last change of the key: the value is not newer")                \
  F(R, STR, user, USER, "ユーザー", "whose setting it is; empty: the computer's")
HK_RECORD_STRUCT(setting, SETTING_FIELDS);

extern const struct hk_record_type hive_record_type, userassist_record_type, autorun_record_type, bam_record_type,
  system_info_record_type, user_profile_record_type, setting_record_type;

extern const struct hk_kind kind_userassist, kind_autorun_machine, kind_autorun_user, kind_bam, kind_config,
  kind_config_system, kind_config_software, kind_config_user;

/* One function a topic; each looks at the hive's kind itself and does nothing for others. */
void userassist_emit(struct hive *h);
void autorun_emit(struct hive *h);
void bam_emit(struct hive *h);
void system_info_emit(struct hive *h);
void user_profile_emit(struct hive *h);
void setting_emit(struct hive *h);

/* The key below the control set in use; NULL when there is none. `path` gets its full path when it is not NULL. */
libregf_key_t *system_key(struct hive *h, const char *below, hk_str *path);

#endif
