/* Who is logged on, from where; who has an account; which drives are another machine's. */
#include "os/state_win32.h"

#include <stdlib.h>
#include <string.h>

#include <lm.h>
#include <ntsecapi.h>
#include <wtsapi32.h>

#define MOST_SESSIONS 65536u
#define WTS_ADDRESS_CLASS 14 /* WTSClientAddress; AF_INET: the address stands 2 bytes into it (MSDN, WTS_CLIENT_ADDRESS) */

/* ---- logon sessions ------------------------------------------------------------------------------------------------------------- */

static void lsa_text(struct state_ask *q, const char *key, const LSA_UNICODE_STRING *s)
{
  if (s->Buffer != NULL) state_wide_n(q, key, s->Buffer, s->Length / sizeof(WCHAR));
}

static void put_logon(struct state_ask *q, const SECURITY_LOGON_SESSION_DATA *d)
{
  if (!state_row(&q->out)) return;
  state_str(&q->out, "logon_id", hk_str_printf(&q->arena, "0x%llx",
                                               (unsigned long long)(uint32_t)d->LogonId.HighPart << 32 | d->LogonId.LowPart));
  lsa_text(q, "user_name", &d->UserName);
  lsa_text(q, "domain", &d->LogonDomain);
  state_sid(q, "user", d->Sid);
  state_uint(&q->out, "logon_type", d->LogonType);
  state_uint(&q->out, "session", d->Session);
  state_time(&q->out, "logged_on_at", hk_time_from_filetime((uint64_t)d->LogonTime.QuadPart));
  lsa_text(q, "package", &d->AuthenticationPackage);
  lsa_text(q, "logon_server", &d->LogonServer);
  lsa_text(q, "upn", &d->Upn);
  state_row_end(&q->out);
}

/* LsaEnumerateLogonSessions, LsaGetLogonSessionData (secur32.dll, XP; MSDN): administrators get every session, others their own
   and STATUS_ACCESS_DENIED; both results are freed by LsaFreeReturnBuffer. A session may be gone by then. */
void state_ask_logons(struct state_ask *q)
{
  STATE_FUNCTION("secur32.dll", LsaEnumerateLogonSessions);
  STATE_FUNCTION("secur32.dll", LsaGetLogonSessionData);
  STATE_FUNCTION("secur32.dll", LsaFreeReturnBuffer);
  ULONG n = 0;
  LUID *ids = NULL;
  if (LsaEnumerateLogonSessions_ == NULL || LsaGetLogonSessionData_ == NULL || LsaFreeReturnBuffer_ == NULL) {
    state_problem(&q->out, state_no_function());
    return;
  }
  const NTSTATUS listed = LsaEnumerateLogonSessions_(&n, &ids);
  if (listed < 0) {
    state_problem(&q->out, state_fail_nt("list logon sessions", listed));
    return;
  }
  hk_err refused = hk_ok();
  for (ULONG i = 0; i < n && i < MOST_SESSIONS; i++) {
    SECURITY_LOGON_SESSION_DATA *d = NULL;
    const NTSTATUS told = LsaGetLogonSessionData_(&ids[i], &d);
    if (told < 0) refused = state_fail_nt("read logon sessions of others", told);
    if (told >= 0 && d != NULL) put_logon(q, d);
    if (d != NULL) (void)LsaFreeReturnBuffer_(d);
  }
  if (ids != NULL) (void)LsaFreeReturnBuffer_(ids);
  if (refused.code == HK_DENIED) state_gap(&q->out, refused);
}

/* ---- terminal sessions -------------------------------------------------------------------------------------------------------------- */

struct terminals {
  struct state_ask *q;
  __typeof__(WTSQuerySessionInformationW) *ask;
  __typeof__(WTSFreeMemory) *let_go;
};

static void put_terminal_text(const struct terminals *t, DWORD session, int class, const char *key)
{
  WCHAR *text = NULL;
  DWORD n = 0;
  if (!t->ask(WTS_CURRENT_SERVER_HANDLE, session, (WTS_INFO_CLASS)class, &text, &n) || text == NULL) return;
  if (n >= sizeof *text) state_wide_n(t->q, key, text, wcsnlen(text, n / sizeof *text));
  t->let_go(text);
}

static void put_terminal_address(const struct terminals *t, DWORD session)
{
  WCHAR *block = NULL;
  DWORD n = 0;
  WTS_CLIENT_ADDRESS a;
  if (!t->ask(WTS_CURRENT_SERVER_HANDLE, session, (WTS_INFO_CLASS)WTS_ADDRESS_CLASS, &block, &n) || block == NULL) return;
  if (n >= sizeof a) {
    memcpy(&a, block, sizeof a);
    if (a.AddressFamily == 2) /* AF_INET; IPv6 is not told whole by this class */
      state_str(&t->q->out, "client_address",
                hk_str_printf(&t->q->arena, "%u.%u.%u.%u", a.Address[2], a.Address[3], a.Address[4], a.Address[5]));
  }
  t->let_go(block);
}

/* WTSEnumerateSessionsW (wtsapi32.dll, XP; MSDN): the list is freed by WTSFreeMemory; other users' sessions tell their names to
   who has Query Information permission. Class 5 user, 7 domain, 10 client's name. */
void state_ask_terminals(struct state_ask *q)
{
  STATE_FUNCTION("wtsapi32.dll", WTSEnumerateSessionsW);
  STATE_FUNCTION("wtsapi32.dll", WTSQuerySessionInformationW);
  STATE_FUNCTION("wtsapi32.dll", WTSFreeMemory);
  const struct terminals t = {.q = q, .ask = WTSQuerySessionInformationW_, .let_go = WTSFreeMemory_};
  WTS_SESSION_INFOW *v = NULL;
  DWORD n = 0;
  if (WTSEnumerateSessionsW_ == NULL || t.ask == NULL || t.let_go == NULL) {
    state_problem(&q->out, state_no_function());
    return;
  }
  if (!WTSEnumerateSessionsW_(WTS_CURRENT_SERVER_HANDLE, 0, 1, &v, &n)) {
    state_problem(&q->out, state_fail("list terminal sessions", GetLastError()));
    return;
  }
  for (DWORD i = 0; i < n && i < MOST_SESSIONS && state_row(&q->out); i++) {
    state_uint(&q->out, "session", v[i].SessionId);
    state_wide(q, "station", v[i].pWinStationName);
    state_int(&q->out, "state", (int64_t)v[i].State);
    put_terminal_text(&t, v[i].SessionId, 5, "user_name");
    put_terminal_text(&t, v[i].SessionId, 7, "domain");
    put_terminal_text(&t, v[i].SessionId, 10, "client_name");
    put_terminal_address(&t, v[i].SessionId);
    state_row_end(&q->out);
  }
  if (v != NULL) t.let_go(v);
}

/* ---- accounts --------------------------------------------------------------------------------------------------------------------------- */

static DWORD get_users(void *ctx, BYTE **page, DWORD *n, DWORD_PTR *resume)
{
  __typeof__(NetUserEnum) *const *const get = ctx;
  DWORD total = 0;
  DWORD handle = (DWORD)*resume;
  const DWORD e = (*get)(NULL, 3, 0, page, 64 * 1024, n, &total, &handle);
  *resume = handle;
  return e;
}

static void put_unix_time(struct state_ask *q, const char *key, DWORD seconds)
{
  if (seconds != 0 && seconds != UINT32_MAX) state_time(&q->out, key, hk_time_from_unix(seconds, 0));
}

static void on_users(struct state_ask *q, void *ctx, const BYTE *page, DWORD n)
{
  (void)ctx;
  for (DWORD i = 0; i < n; i++) {
    const USER_INFO_3 *const r = (const USER_INFO_3 *)(const void *)page + i;
    if (!state_row(&q->out)) return;
    state_wide(q, "user_name", r->usri3_name);
    state_wide(q, "full_name", r->usri3_full_name);
    state_wide(q, "comment", r->usri3_comment);
    state_uint(&q->out, "rid", r->usri3_user_id);
    state_uint(&q->out, "privilege", r->usri3_priv);
    state_uint(&q->out, "flags", r->usri3_flags);
    state_uint(&q->out, "password_age_seconds", r->usri3_password_age);
    state_uint(&q->out, "n_logons", r->usri3_num_logons);
    state_uint(&q->out, "n_bad_passwords", r->usri3_bad_pw_count);
    put_unix_time(q, "last_logon", r->usri3_last_logon);
    state_row_end(&q->out);
  }
}

/* NetUserEnum (MSDN): on a domain controller these are the domain's accounts, and the list may be long. */
void state_ask_users(struct state_ask *q)
{
  STATE_FUNCTION("netapi32.dll", NetUserEnum);
  __typeof__(NetUserEnum) *get = NetUserEnum_;
  const struct state_pages p = {.get = get_users, .on = on_users, .ctx = &get, .step = "list accounts"};
  if (get == NULL)
    state_problem(&q->out, state_no_function());
  else
    state_net_list(q, &p);
}

struct groups {
  __typeof__(NetLocalGroupEnum) *get;
  __typeof__(NetLocalGroupGetMembers) *members;
  const WCHAR *name;
};

static DWORD get_groups(void *ctx, BYTE **page, DWORD *n, DWORD_PTR *resume)
{
  const struct groups *const g = ctx;
  DWORD total = 0;
  return g->get(NULL, 1, page, MAX_PREFERRED_LENGTH, n, &total, resume);
}

/* Level 0: SIDs only. The others look names up, on the domain's controller where need be. */
static DWORD get_members(void *ctx, BYTE **page, DWORD *n, DWORD_PTR *resume)
{
  const struct groups *const g = ctx;
  DWORD total = 0;
  return g->members(NULL, g->name, 0, page, MAX_PREFERRED_LENGTH, n, &total, resume);
}

static void on_members(struct state_ask *q, void *ctx, const BYTE *page, DWORD n)
{
  const struct groups *const g = ctx;
  for (DWORD i = 0; i < n; i++) {
    const LOCALGROUP_MEMBERS_INFO_0 *const r = (const LOCALGROUP_MEMBERS_INFO_0 *)(const void *)page + i;
    if (!state_row(&q->out)) return;
    state_wide(q, "group_name", g->name);
    state_sid(q, "member", r->lgrmi0_sid);
    state_row_end(&q->out);
  }
}

static void on_groups(struct state_ask *q, void *ctx, const BYTE *page, DWORD n)
{
  struct groups *const g = ctx;
  const struct state_pages p = {.get = get_members, .on = on_members, .ctx = g, .step = "list members of a group"};
  for (DWORD i = 0; i < n && !state_late(q); i++) {
    const LOCALGROUP_INFO_1 *const r = (const LOCALGROUP_INFO_1 *)(const void *)page + i;
    g->name = r->lgrpi1_name;
    if (g->name != NULL) state_net_list(q, &p);
  }
}

void state_ask_groups(struct state_ask *q)
{
  STATE_FUNCTION("netapi32.dll", NetLocalGroupEnum);
  STATE_FUNCTION("netapi32.dll", NetLocalGroupGetMembers);
  struct groups g = {.get = NetLocalGroupEnum_, .members = NetLocalGroupGetMembers_};
  const struct state_pages p = {.get = get_groups, .on = on_groups, .ctx = &g, .step = "list groups"};
  if (g.get == NULL || g.members == NULL)
    state_problem(&q->out, state_no_function());
  else
    state_net_list(q, &p);
}

/* ---- drives ------------------------------------------------------------------------------------------------------------------------------ */

struct drives {
  struct state_ask *q;
  const WCHAR *user;
};

static bool on_drive(void *ctx, HKEY parent, const WCHAR *name)
{
  const struct drives *const d = ctx;
  const HKEY key = d->q->out.full ? NULL : state_reg_open(parent, name);
  if (key == NULL) return true;
  (void)state_row(&d->q->out);
  state_wide(d->q, "drive", name);
  state_wide(d->q, "user", d->user);
  state_str(&d->q->out, "remote_path", state_reg_text(&d->q->arena, key, L"RemotePath"));
  state_str(&d->q->out, "user_name", state_reg_text(&d->q->arena, key, L"UserName"));
  state_str(&d->q->out, "told_by", HK_S("registry"));
  state_row_end(&d->q->out);
  RegCloseKey(key);
  return true;
}

static bool on_user_hive(void *ctx, HKEY parent, const WCHAR *name)
{
  struct drives *const d = ctx;
  const HKEY user = state_reg_open(parent, name);
  const HKEY key = user == NULL ? NULL : state_reg_open(user, L"Network");
  d->user = name;
  if (key != NULL) state_reg_keys(key, on_drive, d);
  if (key != NULL) RegCloseKey(key);
  if (user != NULL) RegCloseKey(user);
  return true;
}

/* Drives of the logon session that this program runs in; those of others are not visible to it (MSDN, "Mapped drives"). */
static void ask_own_drives(struct state_ask *q)
{
  const DWORD drives = GetLogicalDrives();
  for (int i = 0; i < 26; i++) {
    const WCHAR root[] = {(WCHAR)(L'A' + i), L':', L'\\', 0};
    const WCHAR name[] = {root[0], L':', 0};
    WCHAR target[1024];
    if ((drives >> i & 1) == 0 || GetDriveTypeW(root) != DRIVE_REMOTE || !state_row(&q->out)) continue;
    state_wide_n(q, "drive", root, 1);
    if (QueryDosDeviceW(name, target, 1024) > 0) state_wide(q, "remote_path", target);
    state_str(&q->out, "told_by", HK_S("session"));
    state_row_end(&q->out);
  }
}

/* Persistent ones of every user whose hive is loaded (HKEY_USERS\SID\Network), and those of this session. */
void state_ask_drives(struct state_ask *q)
{
  struct drives d = {.q = q};
  state_reg_keys(HKEY_USERS, on_user_hive, &d);
  ask_own_drives(q);
}
