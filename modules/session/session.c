/* Sessions, shares and accounts out of state:\logons.jsonl, state:\smb_sessions.jsonl and their like. */
#include "session.h"

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

HK_RECORD_TYPE(logon_session, LOGON_SESSION_FIELDS, .artifact = "LogonSession", .verb = HK_LOGGED_ON, .proof = 3, .kinds = logon_kinds,
               .n_kinds = 1, .title = {.ja = "ログオンセッション", .en = "Logon sessions"});
HK_RECORD_TYPE(terminal_session, TERMINAL_SESSION_FIELDS, .artifact = "TerminalSession", .verb = HK_OBSERVED, .proof = 3,
               .kinds = logon_kinds, .n_kinds = 1, .title = {.ja = "画面セッション", .en = "Terminal sessions"});
HK_RECORD_TYPE(smb_session, SMB_SESSION_FIELDS, .artifact = "SmbSession", .verb = HK_SESSION, .proof = 3, .kinds = smb_kinds,
               .n_kinds = 1, .title = {.ja = "共有への接続元", .en = "Machines connected to shares"});
HK_RECORD_TYPE(smb_file, SMB_FILE_FIELDS, .artifact = "SmbFile", .verb = HK_OBSERVED, .proof = 3, .kinds = smb_kinds, .n_kinds = 1,
               .title = {.ja = "共有経由で開かれているファイル", .en = "Files open over shares"});
HK_RECORD_TYPE(smb_connection, SMB_CONNECTION_FIELDS, .artifact = "SmbConnection", .verb = HK_SESSION, .proof = 3,
               .kinds = smb_kinds, .n_kinds = 1, .title = {.ja = "共有ごとの接続", .en = "Connections to each share"});
HK_RECORD_TYPE(share, SHARE_FIELDS, .artifact = "Share", .verb = HK_OBSERVED, .proof = 3, .kinds = share_kinds, .n_kinds = 1,
               .title = {.ja = "共有フォルダー", .en = "Shares"});
HK_RECORD_TYPE(mapped_drive, MAPPED_DRIVE_FIELDS, .artifact = "MappedDrive", .verb = HK_OBSERVED, .proof = 3, .kinds = share_kinds,
               .n_kinds = 1, .title = {.ja = "ネットワークドライブ", .en = "Mapped drives"});
HK_RECORD_TYPE(local_user, LOCAL_USER_FIELDS, .artifact = "LocalUser", .verb = HK_NO_VERB, .proof = 3, .kinds = account_kinds,
               .n_kinds = 1, .title = {.ja = "アカウント", .en = "Accounts"});
HK_RECORD_TYPE(group_member, GROUP_MEMBER_FIELDS, .artifact = "GroupMember", .verb = HK_NO_VERB, .proof = 3, .kinds = account_kinds,
               .n_kinds = 1, .title = {.ja = "グループのメンバー", .en = "Members of groups"});

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

static hk_err session_parse(struct hk_item *item)
{
  static const struct state_topic topics[] = {
      STATE_TOPIC("logons", logon_session_record_type, logon_kinds, NULL),
      STATE_TOPIC("terminals", terminal_session_record_type, logon_kinds, complete_terminal),
      STATE_TOPIC("smb_sessions", smb_session_record_type, smb_kinds, complete_smb_session),
      STATE_TOPIC("smb_files", smb_file_record_type, smb_kinds, complete_smb_file),
      STATE_TOPIC("smb_connections", smb_connection_record_type, smb_kinds, complete_smb_connection),
      STATE_TOPIC("shares", share_record_type, share_kinds, NULL),
      STATE_TOPIC("drives", mapped_drive_record_type, share_kinds, NULL),
      STATE_TOPIC("users", local_user_record_type, account_kinds, complete_user),
      STATE_TOPIC("groups", group_member_record_type, account_kinds, NULL),
  };
  return state_parse(item, topics, sizeof topics / sizeof topics[0]);
}

static const struct hk_record_type *const records[] = {
    &logon_session_record_type, &terminal_session_record_type, &smb_session_record_type, &smb_file_record_type,
    &smb_connection_record_type, &share_record_type, &mapped_drive_record_type, &local_user_record_type, &group_member_record_type};
static const struct hk_artefact artefacts[] = {
    STATE_FILE("logons", logon_kinds),      STATE_FILE("terminals", logon_kinds), STATE_FILE("smb_sessions", smb_kinds),
    STATE_FILE("smb_files", smb_kinds),     STATE_FILE("smb_connections", smb_kinds), STATE_FILE("shares", share_kinds),
    STATE_FILE("drives", share_kinds),      STATE_FILE("users", account_kinds),   STATE_FILE("groups", account_kinds),
};

const struct hk_module session_module = {
    .name = "session",
    .title = {.ja = "利用者と共有の状態", .en = "Who uses the PC and its shares"},
    .proves = {.ja = "調査の時点で、その接続・セッション・アカウントを Windows が挙げたこと。ファイルサーバーでは、どの端末がいくつのファイルを開いているか。",
               .en = "That Windows named the session, connection or account when it was asked; on a file server, which machine had how many files open."},
    .proves_not = {.ja = "開いたファイルへ書き込んだこと、その端末の前に誰がいたか。接続元の名前やアドレスは相手の申告である。",
                   .en = "That an open file was written to, or who sat at that machine. Names of clients are what they called themselves."},
    .artefacts = artefacts,
    .n_artefacts = sizeof artefacts / sizeof artefacts[0],
    .records = records,
    .n_records = sizeof records / sizeof records[0],
    .kinds = kinds,
    .n_kinds = sizeof kinds / sizeof kinds[0],
    .parse = session_parse,
    .deadline_s = 60,
    .memory_mib = 128,
};
