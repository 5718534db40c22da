/* Names of verbs, roles and types, and typed access to a record's fields. */
#include "record/record.h"

#include <string.h>

static const char *const verb_names[HK_VERB_COUNT] = {
    [HK_NO_VERB] = "none",           [HK_EXECUTED] = "executed",     [HK_CREATED] = "created",
    [HK_MODIFIED] = "modified",      [HK_RENAMED] = "renamed",       [HK_DELETED] = "deleted",
    [HK_EXISTED] = "existed",        [HK_OPENED] = "opened",         [HK_DOWNLOADED] = "downloaded",
    [HK_VISITED] = "visited",        [HK_MARKED] = "marked",         [HK_ARRIVED] = "arrived",
    [HK_LOGGED_ON] = "logged_on",    [HK_LOGON_FAILED] = "logon_failed", [HK_SERVICE] = "service",
    [HK_AUTOSTART] = "autostart",    [HK_CONFIGURED] = "configured", [HK_CLEARED] = "cleared",
    [HK_CONTENT] = "content",        [HK_SIGNED] = "signed",         [HK_DETECTED] = "detected",
    [HK_OWNED] = "owned",            [HK_CONNECTED] = "connected",   [HK_SHARE_WRITE] = "share_write",
    [HK_SESSION] = "session",        [HK_OBSERVED] = "observed",
    [HK_NAME_LEFT] = "name_left",
};

static const struct hk_text verb_labels[HK_VERB_COUNT] = {
    [HK_NO_VERB] = {"記録", "Record"},
    [HK_EXECUTED] = {"実行", "Executed"},
    [HK_CREATED] = {"作成", "Created"},
    [HK_MODIFIED] = {"更新", "Modified"},
    [HK_RENAMED] = {"名前の変更", "Renamed"},
    [HK_DELETED] = {"削除", "Deleted"},
    [HK_EXISTED] = {"存在", "Existed"},
    [HK_OPENED] = {"開封", "Opened"},
    [HK_DOWNLOADED] = {"ダウンロード", "Downloaded"},
    [HK_VISITED] = {"閲覧", "Visited"},
    [HK_MARKED] = {"インターネット由来の印", "Marked as from the web"},
    [HK_ARRIVED] = {"受信", "Arrived"},
    [HK_LOGGED_ON] = {"ログオン", "Logged on"},
    [HK_LOGON_FAILED] = {"ログオン失敗", "Logon failed"},
    [HK_SERVICE] = {"サービスの登録", "Service installed"},
    [HK_AUTOSTART] = {"自動起動の登録", "Set to start by itself"},
    [HK_CONFIGURED] = {"設定", "Configured"},
    [HK_CLEARED] = {"ログの消去", "Log cleared"},
    [HK_CONTENT] = {"内容の確認", "Content read"},
    [HK_SIGNED] = {"署名", "Signed"},
    [HK_DETECTED] = {"検出", "Detected"},
    [HK_OWNED] = {"所有", "Owned"},
    [HK_CONNECTED] = {"接続", "Connected"},
    [HK_SHARE_WRITE] = {"共有への書き込み", "Written over a share"},
    [HK_SESSION] = {"セッション", "Session"},
    [HK_OBSERVED] = {"調査時の状態", "Observed"},
    [HK_NAME_LEFT] = {"残っている名前", "Name left"},
};

static const char *const role_names[HK_ROLE_COUNT] = {
    [HK_ROLE_NONE] = "",         [HK_ROLE_WHEN] = "when",     [HK_ROLE_SINCE] = "since", [HK_ROLE_PATH] = "path",
    [HK_ROLE_PATH2] = "path2",   [HK_ROLE_NAME] = "name",     [HK_ROLE_USER] = "user",   [HK_ROLE_HOST] = "host",
    [HK_ROLE_URL] = "url",       [HK_ROLE_HASH] = "hash",     [HK_ROLE_PID] = "pid",     [HK_ROLE_PARENT] = "parent",
    [HK_ROLE_NUMBER] = "number", [HK_ROLE_TEXT] = "text",
};

static const char *const type_names[HK_T_COUNT] = {
    [HK_T_STR] = "string",   [HK_T_INT] = "integer", [HK_T_OPT] = "integer or null", [HK_T_BOOL] = "boolean",
    [HK_T_HEX32] = "hex32",  [HK_T_TIME] = "time",   [HK_T_STRS] = "strings",        [HK_T_TIMES] = "times",
    [HK_T_PAIRS] = "object",
};

const char *hk_verb_name(enum hk_verb v)
{
  return verb_names[v];
}

struct hk_text hk_verb_label(enum hk_verb v)
{
  return verb_labels[v];
}

const char *hk_role_name(enum hk_role r)
{
  return role_names[r];
}

const char *hk_field_type_name(enum hk_field_type t)
{
  return type_names[t];
}

/* Copies the member out: no pointer into the struct is ever formed with another type. */
#define GET(type, f, record, out) memcpy(&(out), (const unsigned char *)(record) + (f)->offset, sizeof(type))

hk_str hk_get_str(const struct hk_field *f, const void *record)
{
  hk_str s = {.p = NULL, .n = 0};
  if (f->type == HK_T_STR) GET(hk_str, f, record, s);
  return s;
}

int64_t hk_get_int(const struct hk_field *f, const void *record)
{
  int64_t v = 0;
  uint32_t u = 0;
  bool b = false;
  if (f->type == HK_T_INT || f->type == HK_T_OPT || f->type == HK_T_TIME) GET(int64_t, f, record, v);
  if (f->type == HK_T_HEX32) {
    GET(uint32_t, f, record, u);
    v = u;
  }
  if (f->type == HK_T_BOOL) {
    GET(bool, f, record, b);
    v = b ? 1 : 0;
  }
  return v;
}

hk_time hk_get_time(const struct hk_field *f, const void *record)
{
  return f->type == HK_T_TIME ? hk_get_int(f, record) : HK_TIME_UNKNOWN;
}

struct hk_strs hk_get_strs(const struct hk_field *f, const void *record)
{
  struct hk_strs v = {0};
  if (f->type == HK_T_STRS) GET(struct hk_strs, f, record, v);
  return v;
}

struct hk_times hk_get_times(const struct hk_field *f, const void *record)
{
  struct hk_times v = {0};
  if (f->type == HK_T_TIMES) GET(struct hk_times, f, record, v);
  return v;
}

struct hk_pairs hk_get_pairs(const struct hk_field *f, const void *record)
{
  struct hk_pairs v = {0};
  if (f->type == HK_T_PAIRS) GET(struct hk_pairs, f, record, v);
  return v;
}

const struct hk_field *hk_field_by_role(const struct hk_record_type *t, enum hk_role role)
{
  for (size_t i = 0; i < t->n_fields; i++)
    if (t->fields[i].role == role) return &t->fields[i];
  return NULL;
}

const struct hk_field *hk_field_by_name(const struct hk_record_type *t, const char *name)
{
  for (size_t i = 0; i < t->n_fields; i++)
    if (strcmp(t->fields[i].name, name) == 0) return &t->fields[i];
  return NULL;
}

hk_str hk_role_str(const struct hk_record_type *t, const void *record, enum hk_role role)
{
  for (size_t i = 0; i < t->n_fields; i++) {
    if (t->fields[i].role != role) continue;
    const hk_str s = hk_get_str(&t->fields[i], record);
    if (s.n != 0) return s;
  }
  return (hk_str){.p = "", .n = 0};
}
