/* Who uses the PC and its shares, from where; who has an account. */
#ifndef HK_MODULES_SESSION_H
#define HK_MODULES_SESSION_H

#include "record/record.h"

#define LOGON_SESSION_FIELDS(F, R)                                                                                      \
  F(R, STR, user, USER, "ユーザー", "SID of the account")                                                               \
  F(R, STR, user_name, TEXT, "ユーザー名", "name of the account")                                                       \
  F(R, STR, domain, NONE, "ドメイン", "domain or computer the account belongs to")                                      \
  F(R, OPT, logon_type, NUMBER, "ログオンの種類", "logon type: 2 at the PC, 3 network, 5 service, 10 remote desktop")   \
  F(R, TIME, logged_on_at, WHEN, "ログオン日時", "when the session began")                                              \
  F(R, OPT, session, NONE, "セッション", "terminal session it belongs to")                                              \
  F(R, STR, logon_id, NONE, "ログオン ID", "logon id that the Security log names")                                      \
  F(R, STR, package, NONE, "認証", "authentication package")                                                            \
  F(R, STR, logon_server, NONE, "認証サーバー", "server that authenticated it")                                         \
  F(R, STR, upn, NONE, "UPN", "user principal name")                                                                    \
  F(R, TIME, seen_at, NONE, "調査日時", "when it was asked for")
HK_RECORD_STRUCT(logon_session, LOGON_SESSION_FIELDS);

#define TERMINAL_SESSION_FIELDS(F, R)                                                                                   \
  F(R, INT, session, NONE, "セッション", "number of the session")                                                       \
  F(R, STR, station, NONE, "種類", "Console, RDP-Tcp#3, Services")                                                      \
  F(R, OPT, state, NONE, "状態", "0 active, 1 connected, 4 disconnected (WTS_CONNECTSTATE_CLASS)")                      \
  F(R, STR, user, USER, "ユーザー", "account, by name")                                                                 \
  F(R, STR, user_name, TEXT, "ユーザー名", "name of the account")                                                       \
  F(R, STR, domain, NONE, "ドメイン", "domain or computer the account belongs to")                                      \
  F(R, STR, client_name, NONE, "接続元の名前", "name that the remote client gave itself")                               \
  F(R, STR, client_address, NONE, "接続元のアドレス", "address that the remote client gave")                            \
  F(R, STR, host, HOST, "接続元", "where it comes from: the address, else the name")                                    \
  F(R, TIME, seen_at, WHEN, "調査日時", "when it was asked for")
HK_RECORD_STRUCT(terminal_session, TERMINAL_SESSION_FIELDS);

#define SMB_SESSION_FIELDS(F, R)                                                                                        \
  F(R, STR, client, HOST, "接続元", "machine that is connected to the shares of this PC")                               \
  F(R, STR, user, USER, "ユーザー", "account, by name")                                                                 \
  F(R, STR, user_name, TEXT, "ユーザー名", "name of the account")                                                       \
  F(R, OPT, n_open_files, NUMBER, "開いているファイル数", "files it has open now")                                      \
  F(R, OPT, active_seconds, NONE, "接続秒数", "seconds since it was connected")                                         \
  F(R, OPT, idle_seconds, NONE, "無操作秒数", "seconds since it last did something")                                    \
  F(R, OPT, flags, NONE, "フラグ", "1 guest (SESS_GUEST)")                                                              \
  F(R, STR, client_type, NONE, "接続元の種類", "kind of client, where told")                                            \
  F(R, STR, transport, NONE, "トランスポート", "transport it uses")                                                     \
  F(R, TIME, since, WHEN, "接続日時", "when it was connected: seconds before the asking")                               \
  F(R, TIME, seen_at, WHEN, "調査日時", "when it was asked for")
HK_RECORD_STRUCT(smb_session, SMB_SESSION_FIELDS);

#define SMB_FILE_FIELDS(F, R)                                                                                           \
  F(R, STR, path, PATH, "ファイル", "file, folder or pipe that is open over a share")                                   \
  F(R, STR, user, USER, "ユーザー", "account, by name")                                                                 \
  F(R, STR, user_name, TEXT, "ユーザー名", "name of the account")                                                       \
  F(R, OPT, permissions, NUMBER, "権限", "1 read, 2 write, 4 create, as bits (PERM_FILE_…)")                            \
  F(R, OPT, n_locks, NONE, "ロック数", "locks on it")                                                                   \
  F(R, OPT, id, NONE, "番号", "number of the open file")                                                                \
  F(R, TIME, seen_at, WHEN, "調査日時", "when it was asked for")
HK_RECORD_STRUCT(smb_file, SMB_FILE_FIELDS);

#define SMB_CONNECTION_FIELDS(F, R)                                                                                     \
  F(R, STR, share, TEXT, "共有", "share of this PC")                                                                    \
  F(R, STR, client, HOST, "接続元", "machine that is connected to it")                                                  \
  F(R, STR, user, USER, "ユーザー", "account, by name")                                                                 \
  F(R, STR, user_name, NONE, "ユーザー名", "name of the account")                                                       \
  F(R, OPT, n_open_files, NUMBER, "開いているファイル数", "files open by this connection")                              \
  F(R, OPT, n_users, NONE, "ユーザー数", "users of this connection")                                                    \
  F(R, OPT, active_seconds, NONE, "接続秒数", "seconds since it was connected")                                         \
  F(R, TIME, since, WHEN, "接続日時", "when it was connected: seconds before the asking")                               \
  F(R, TIME, seen_at, WHEN, "調査日時", "when it was asked for")
HK_RECORD_STRUCT(smb_connection, SMB_CONNECTION_FIELDS);

#define SHARE_FIELDS(F, R)                                                                                              \
  F(R, STR, share, TEXT, "共有", "name of the share")                                                                   \
  F(R, STR, path, PATH, "フォルダー", "folder that is shared")                                                          \
  F(R, OPT, type, NUMBER, "種類", "0 disk, 1 printer, 3 IPC; bit 31: administrative (SHI_TYPE)")                        \
  F(R, STR, remark, NONE, "説明", "remark")                                                                             \
  F(R, OPT, n_uses, NONE, "接続数", "connections now")                                                                  \
  F(R, TIME, seen_at, WHEN, "調査日時", "when it was asked for")
HK_RECORD_STRUCT(share, SHARE_FIELDS);

#define MAPPED_DRIVE_FIELDS(F, R)                                                                                       \
  F(R, STR, drive, NONE, "ドライブ", "letter")                                                                          \
  F(R, STR, remote_path, PATH, "接続先", "share of another machine behind it")                                          \
  F(R, STR, user, USER, "ユーザー", "whose drive it is; empty: of the session this program ran in")                     \
  F(R, STR, user_name, NONE, "接続に使う名前", "account it connects as, where another one")                             \
  F(R, STR, told_by, TEXT, "情報源", "registry: kept over logons; session: connected now")                              \
  F(R, TIME, seen_at, WHEN, "調査日時", "when it was asked for")
HK_RECORD_STRUCT(mapped_drive, MAPPED_DRIVE_FIELDS);

#define LOCAL_USER_FIELDS(F, R)                                                                                         \
  F(R, STR, user_name, TEXT, "ユーザー名", "name of the account")                                                       \
  F(R, STR, user, USER, "ユーザー", "account, by name")                                                                 \
  F(R, STR, full_name, NONE, "氏名", "full name")                                                                       \
  F(R, STR, comment, NONE, "説明", "comment")                                                                           \
  F(R, OPT, rid, NONE, "RID", "last part of its SID; 500 is the built-in administrator")                                \
  F(R, OPT, privilege, NONE, "権限", "0 guest, 1 user, 2 administrator")                                                \
  F(R, OPT, flags, NONE, "フラグ", "flags (UF_…): bit 1 disabled, bit 5 no password needed")                            \
  F(R, OPT, password_age_seconds, NONE, "パスワードの経過秒数", "seconds since the password was set")                   \
  F(R, OPT, n_logons, NONE, "ログオン回数", "logons counted here")                                                      \
  F(R, OPT, n_bad_passwords, NONE, "誤ったパスワード", "wrong passwords counted here")                                  \
  F(R, TIME, last_logon, NONE, "最終ログオン", "last logon counted here")                                               \
  F(R, TIME, seen_at, NONE, "調査日時", "when it was asked for")
HK_RECORD_STRUCT(local_user, LOCAL_USER_FIELDS);

#define GROUP_MEMBER_FIELDS(F, R)                                                                                       \
  F(R, STR, group_name, TEXT, "グループ", "local group")                                                                \
  F(R, STR, member, USER, "メンバー", "SID of the member")                                                              \
  F(R, TIME, seen_at, NONE, "調査日時", "when it was asked for")
HK_RECORD_STRUCT(group_member, GROUP_MEMBER_FIELDS);

extern const struct hk_module session_module;

#endif
