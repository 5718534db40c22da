/* What the module can tell: one record for each event, and beside it the facts that rules read. */
#ifndef EVENTLOG_RECORDS_H
#define EVENTLOG_RECORDS_H

#include "module.h"

#define EVENT_FIELDS(F, R)                                                                                             \
  F(R, OPT, event_record_id, NONE, "レコード番号", "number of the record in its log")                                   \
  F(R, STR, channel, NONE, "チャネル", "channel (log) the event was written to")                                        \
  F(R, STR, provider, TEXT, "プロバイダー", "provider that wrote it")                                                   \
  F(R, OPT, event_id, NUMBER, "イベント ID", "event identifier")                                                         \
  F(R, OPT, version, NONE, "バージョン", "version of the event")                                                        \
  F(R, TIME, time_created, WHEN, "記録日時", "time the event was created")                                              \
  F(R, STR, computer, NONE, "コンピューター", "computer that wrote it")                                                 \
  F(R, OPT, level, NONE, "レベル", "level: 1 critical, 2 error, 3 warning, 4 information, 5 verbose, 0 always")         \
  F(R, OPT, task, NONE, "タスク", "task category, as a number")                                                         \
  F(R, OPT, opcode, NONE, "オペコード", "operation code, as a number")                                                  \
  F(R, STR, keywords, NONE, "キーワード", "keywords, as a hexadecimal mask")                                            \
  F(R, STR, user_sid, USER, "ユーザー SID", "SID of the user in whose name the event was written")                       \
  F(R, OPT, process_id, PID, "プロセス ID", "process that wrote it")                                                     \
  F(R, OPT, thread_id, NONE, "スレッド ID", "thread that wrote it")                                                      \
  F(R, STR, activity_id, NONE, "アクティビティ ID", "activity identifier that joins events")                             \
  F(R, PAIRS, data, NONE, "データ", "names and values of the event's data, in order")                                   \
  F(R, BOOL, recovered, NONE, "復元", "found in space the log no longer uses")
HK_RECORD_STRUCT(event, EVENT_FIELDS);

/* What every fact says of the event it comes from. */
#define FACT_ORIGIN(F, R)                                                                                              \
  F(R, OPT, event_id, NONE, "イベント ID", "event identifier")                                                           \
  F(R, OPT, event_record_id, NONE, "レコード番号", "number of the record in its log")                                   \
  F(R, STR, computer, NONE, "コンピューター", "computer that wrote the event")                                          \
  F(R, BOOL, recovered, NONE, "復元", "found in space the log no longer uses")

#define LOGON_COMMON(F, R)                                                                                             \
  F(R, TIME, time_created, WHEN, "日時", "time of the logon")                                                           \
  F(R, OPT, logon_type, NUMBER, "ログオンの種類", "2 at the console, 3 over the network, 5 service, 7 unlock, 10 remote desktop") \
  F(R, STR, user, USER, "ユーザー", "SID of the account, or name:DOMAIN\\user when the log has no SID")                 \
  F(R, STR, user_name, NONE, "ユーザー名", "account name as given")                                                     \
  F(R, STR, domain, NONE, "ドメイン", "domain or computer of the account")                                              \
  F(R, STR, host, HOST, "接続元", "where it came from: address, else workstation name; empty for this PC")              \
  F(R, STR, ip_address, NONE, "IP アドレス", "address as written in the event")                                          \
  F(R, STR, ip_port, NONE, "ポート", "port as written in the event")                                                    \
  F(R, STR, workstation, NONE, "ワークステーション名", "workstation name as written in the event")                      \
  F(R, STR, logon_process, NONE, "ログオンプロセス", "logon process")                                                   \
  F(R, STR, authentication_package, NONE, "認証パッケージ", "authentication package")                                   \
  F(R, STR, process_path, NONE, "プロセス", "program that asked for the logon")

#define LOGON_FIELDS(F, R)                                                                                             \
  LOGON_COMMON(F, R)                                                                                                   \
  F(R, STR, logon_id, NONE, "ログオン ID", "logon session, which later events carry")                                    \
  FACT_ORIGIN(F, R)
HK_RECORD_STRUCT(logon, LOGON_FIELDS);

#define LOGON_FAILED_FIELDS(F, R)                                                                                      \
  LOGON_COMMON(F, R)                                                                                                   \
  F(R, STR, status, NONE, "状態コード", "status code")                                                                  \
  F(R, STR, sub_status, NONE, "詳細コード", "reason: 0xc0000064 no such user, 0xc000006a wrong password, …")            \
  FACT_ORIGIN(F, R)
HK_RECORD_STRUCT(logon_failed, LOGON_FAILED_FIELDS);

#define PROCESS_CREATED_FIELDS(F, R)                                                                                   \
  F(R, TIME, time_created, WHEN, "日時", "time the process was created")                                                \
  F(R, STR, path, PATH, "プログラム", "image of the new process")                                                       \
  F(R, STR, parent_path, PATH2, "親プログラム", "image of the process that created it")                                 \
  F(R, STR, command_line, TEXT, "コマンドライン", "command line, where it was logged")                                  \
  F(R, STR, parent_command_line, NONE, "親のコマンドライン", "command line of the parent (Sysmon)")                     \
  F(R, OPT, pid, PID, "プロセス ID", "process identifier")                                                               \
  F(R, OPT, parent_pid, PARENT, "親プロセス ID", "identifier of the creating process")                                   \
  F(R, STR, user, USER, "ユーザー", "SID of the account it runs as, or name:DOMAIN\\user")                              \
  F(R, STR, user_name, NONE, "ユーザー名", "account name as given")                                                     \
  F(R, STR, logon_id, NONE, "ログオン ID", "logon session")                                                              \
  F(R, STR, sha256, HASH, "SHA-256", "hash of the image (Sysmon)")                                                      \
  F(R, STR, integrity, NONE, "整合性レベル", "integrity level or label")                                                \
  F(R, STR, directory, NONE, "作業フォルダー", "current directory (Sysmon)")                                            \
  FACT_ORIGIN(F, R)
HK_RECORD_STRUCT(process_created, PROCESS_CREATED_FIELDS);

#define SERVICE_INSTALLED_FIELDS(F, R)                                                                                 \
  F(R, TIME, time_created, WHEN, "日時", "time the service was installed")                                              \
  F(R, STR, service_name, TEXT, "サービス名", "name of the service")                                                    \
  F(R, STR, path, PATH, "プログラム", "program without quotes and arguments, system folders written out")               \
  F(R, STR, image_path, NONE, "コマンド", "image path as written in the event")                                         \
  F(R, STR, service_type, NONE, "サービスの種類", "type of the service as written")                                     \
  F(R, STR, start_type, NONE, "開始の種類", "how it is started, as written")                                            \
  F(R, STR, account, NONE, "実行アカウント", "account it runs as")                                                      \
  F(R, STR, user, USER, "ユーザー", "SID of who installed it")                                                          \
  FACT_ORIGIN(F, R)
HK_RECORD_STRUCT(service_installed, SERVICE_INSTALLED_FIELDS);

#define LOG_CLEARED_FIELDS(F, R)                                                                                       \
  F(R, TIME, time_created, WHEN, "日時", "time the log was cleared")                                                    \
  F(R, STR, cleared_channel, TEXT, "消去されたログ", "log that was cleared")                                            \
  F(R, STR, user, USER, "ユーザー", "SID of who cleared it, or name:DOMAIN\\user")                                      \
  F(R, STR, user_name, NONE, "ユーザー名", "account name as given")                                                     \
  F(R, STR, backup_path, NONE, "退避先", "file the log was saved to before")                                            \
  FACT_ORIGIN(F, R)
HK_RECORD_STRUCT(log_cleared, LOG_CLEARED_FIELDS);

extern const struct hk_record_type event_record_type, logon_record_type, logon_failed_record_type,
  process_created_record_type, service_installed_record_type, log_cleared_record_type;

#endif
