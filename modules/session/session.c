/* Sessions, shares and accounts out of state:\logons.jsonl, state:\smb_sessions.jsonl and their like. */
#include "session.h"

#include "lib/state.h"

static const struct hk_kind kind_logon = STATE_KIND("state.logon");
static const struct hk_kind kind_smb = STATE_KIND("state.smb");
static const struct hk_kind kind_share = STATE_KIND("state.share");
static const struct hk_kind kind_account = STATE_KIND("state.account");
static const struct hk_kind *const logon_kinds[] = {&kind_logon};
static const struct hk_kind *const smb_kinds[] = {&kind_smb};
static const struct hk_kind *const share_kinds[] = {&kind_share};
static const struct hk_kind *const account_kinds[] = {&kind_account};
static const struct hk_kind *const kinds[] = {&kind_logon, &kind_smb, &kind_share, &kind_account};

extern const struct hk_record_type logon_session_record_type, terminal_session_record_type, smb_session_record_type,
    smb_file_record_type, smb_connection_record_type, share_record_type, mapped_drive_record_type, local_user_record_type,
    group_member_record_type;

HK_RECORD_TYPE(logon_session, LOGON_SESSION_FIELDS, .artifact = "LogonSession", .verb = HK_LOGGED_ON, .proof = 3, HK_KINDS(logon_kinds),
               .title = {.ja = "ログオンセッション", .en = "Logon sessions"});
HK_RECORD_TYPE(terminal_session, TERMINAL_SESSION_FIELDS, .artifact = "TerminalSession", .verb = HK_OBSERVED, .proof = 3,
               HK_KINDS(logon_kinds), .title = {.ja = "画面セッション", .en = "Terminal sessions"});
HK_RECORD_TYPE(smb_session, SMB_SESSION_FIELDS, .artifact = "SmbSession", .verb = HK_SESSION, .proof = 3, HK_KINDS(smb_kinds),
               .title = {.ja = "共有への接続元", .en = "Machines connected to shares"});
HK_RECORD_TYPE(smb_file, SMB_FILE_FIELDS, .artifact = "SmbFile", .verb = HK_OBSERVED, .proof = 3, HK_KINDS(smb_kinds),
               .title = {.ja = "共有経由で開かれているファイル", .en = "Files open over shares"});
HK_RECORD_TYPE(smb_connection, SMB_CONNECTION_FIELDS, .artifact = "SmbConnection", .verb = HK_SESSION, .proof = 3,
               HK_KINDS(smb_kinds), .title = {.ja = "共有ごとの接続", .en = "Connections to each share"});
HK_RECORD_TYPE(share, SHARE_FIELDS, .artifact = "Share", .verb = HK_OBSERVED, .proof = 3, HK_KINDS(share_kinds),
               .title = {.ja = "共有フォルダー", .en = "Shares"});
HK_RECORD_TYPE(mapped_drive, MAPPED_DRIVE_FIELDS, .artifact = "MappedDrive", .verb = HK_OBSERVED, .proof = 3, HK_KINDS(share_kinds),
               .title = {.ja = "ネットワークドライブ", .en = "Mapped drives"});
HK_RECORD_TYPE(local_user, LOCAL_USER_FIELDS, .artifact = "LocalUser", .verb = HK_NO_VERB, .proof = 3, HK_KINDS(account_kinds),
               .title = {.ja = "アカウント", .en = "Accounts"});
HK_RECORD_TYPE(group_member, GROUP_MEMBER_FIELDS, .artifact = "GroupMember", .verb = HK_NO_VERB, .proof = 3, HK_KINDS(account_kinds),
               .title = {.ja = "グループのメンバー", .en = "Members of groups"});

/* Windows counts seconds; a number that leads before 1601 is none. */
static hk_time before(hk_time asked_at, int64_t seconds)
{
  if (seconds == HK_NO_INT || seconds < 0 || seconds >= asked_at / HK_SECOND) return HK_TIME_UNKNOWN;
  return asked_at - seconds * HK_SECOND;
}

static bool complete_terminal(struct state_row *row)
{
  struct terminal_session_record *const r = row->record;
  r->user = state_name_of(row->arena, r->domain, r->user_name);
  r->host = r->client_address.n != 0 ? r->client_address : r->client_name;
  return true;
}

static bool complete_smb_session(struct state_row *row)
{
  struct smb_session_record *const r = row->record;
  r->user = state_name_of(row->arena, HK_S(""), r->user_name);
  r->since = before(row->asked_at, r->active_seconds);
  return true;
}

static bool complete_smb_file(struct state_row *row)
{
  struct smb_file_record *const r = row->record;
  r->user = state_name_of(row->arena, HK_S(""), r->user_name);
  return true;
}

static bool complete_smb_connection(struct state_row *row)
{
  struct smb_connection_record *const r = row->record;
  r->user = state_name_of(row->arena, HK_S(""), r->user_name);
  r->since = before(row->asked_at, r->active_seconds);
  return true;
}

static bool complete_user(struct state_row *row)
{
  struct local_user_record *const r = row->record;
  r->user = state_name_of(row->arena, HK_S(""), r->user_name);
  return true;
}

#define TOPICS(X)                                                          \
  X("logons", logon_session, logon_kinds, NULL)                            \
  X("terminals", terminal_session, logon_kinds, complete_terminal)         \
  X("smb_sessions", smb_session, smb_kinds, complete_smb_session)          \
  X("smb_files", smb_file, smb_kinds, complete_smb_file)                   \
  X("smb_connections", smb_connection, smb_kinds, complete_smb_connection) \
  X("shares", share, share_kinds, NULL)                                    \
  X("drives", mapped_drive, share_kinds, NULL)                             \
  X("users", local_user, account_kinds, complete_user)                     \
  X("groups", group_member, account_kinds, NULL)

static const struct state_topic topics[] = {TOPICS(STATE_TOPIC)};
static const struct hk_record_type *const records[] = {TOPICS(STATE_RECORD)};
static const struct hk_artefact artefacts[] = {TOPICS(STATE_FILE)};

static hk_err session_parse(struct hk_item *item)
{
  return state_parse(item, topics, sizeof topics / sizeof topics[0]);
}

const struct hk_module session_module = {
    .name = "session",
    .title = {.ja = "利用者と共有の状態", .en = "Who uses the PC and its shares"},
    .proves = {.ja = "調査の時点で、その接続・セッション・アカウントを Windows が挙げたこと。ファイルサーバーでは、どの端末がいくつのファイルを開いているか。",
               .en = "That Windows named the session, connection or account when it was asked; on a file server, which machine had how many files open."},
    .proves_not = {.ja = "開いたファイルへ書き込んだこと、その端末の前に誰がいたか。接続元の名前やアドレスは相手の申告である。",
                   .en = "That an open file was written to, or who sat at that machine. Names of clients are what they called themselves."},
    HK_ARTEFACTS(artefacts),
    HK_RECORDS(records),
    HK_KINDS(kinds),
    .parse = session_parse,
    .deadline_s = 60,
    .memory_mib = 128,
};
