/* The file server's question: who is connected, with how many files open, and which. NetSessionEnum, NetFileEnum,
   NetConnectionEnum, NetShareEnum (netapi32.dll; MSDN): the whole list needs membership of Administrators or Server Operators
   (sessions by level 10 and shares by level 1 do not); ERROR_ACCESS_DENIED otherwise; 2114 when the Server service does not run.
   Pages are freed by NetApiBufferFree. */
#include "os/state_win32.h"

#include <lm.h>

#define MOST_PAGES 1000

void state_net_list(struct state_ask *q, const struct state_pages *p)
{
  STATE_FUNCTION("netapi32.dll", NetApiBufferFree);
  DWORD_PTR resume = 0;
  if (NetApiBufferFree_ == NULL) {
    state_problem(&q->out, state_no_function());
    return;
  }
  for (int i = 0; i < MOST_PAGES && !state_late(q); i++) {
    BYTE *page = NULL;
    DWORD n = 0;
    const DWORD e = p->get(p->ctx, &page, &n, &resume);
    if (page != NULL && (e == NERR_Success || e == ERROR_MORE_DATA)) p->on(q, p->ctx, page, n);
    if (page != NULL) (void)NetApiBufferFree_(page);
    if (e == NERR_Success) return;
    if (e != ERROR_MORE_DATA) {
      state_problem(&q->out, state_fail(p->step, e));
      return;
    }
    if (n == 0) break; /* a page of nothing would come again for ever */
  }
  state_gap(&q->out, hk_fail(HK_LIMIT, p->step, HK_NO_OFFSET));
}

/* ---- sessions ------------------------------------------------------------------------------------------------------------------ */

/* Level 502 has the transport, 2 the client's kind, 1 the number of open files; 10 is for everybody and has none of it. */
struct sessions {
  __typeof__(NetSessionEnum) *get;
  DWORD level;
};

static DWORD get_sessions(void *ctx, BYTE **page, DWORD *n, DWORD_PTR *resume)
{
  const struct sessions *const s = ctx;
  DWORD total = 0;
  DWORD handle = (DWORD)*resume;
  const DWORD e = s->get(NULL, NULL, NULL, s->level, page, MAX_PREFERRED_LENGTH, n, &total, &handle);
  *resume = handle;
  return e;
}

static void put_session(struct state_ask *q, const WCHAR *client, const WCHAR *user, DWORD seconds, DWORD idle)
{
  state_wide(q, "client", client);
  state_wide(q, "user_name", user);
  state_uint(&q->out, "active_seconds", seconds);
  state_uint(&q->out, "idle_seconds", idle);
}

static void on_sessions(struct state_ask *q, void *ctx, const BYTE *page, DWORD n)
{
  const struct sessions *const s = ctx;
  for (DWORD i = 0; i < n; i++) {
    if (!state_row(&q->out)) return;
    if (s->level == 502) {
      const SESSION_INFO_502 *const r = (const SESSION_INFO_502 *)(const void *)page + i;
      put_session(q, r->sesi502_cname, r->sesi502_username, r->sesi502_time, r->sesi502_idle_time);
      state_uint(&q->out, "n_open_files", r->sesi502_num_opens);
      state_uint(&q->out, "flags", r->sesi502_user_flags);
      state_wide(q, "client_type", r->sesi502_cltype_name);
      state_wide(q, "transport", r->sesi502_transport);
    } else {
      const SESSION_INFO_10 *const r = (const SESSION_INFO_10 *)(const void *)page + i;
      put_session(q, r->sesi10_cname, r->sesi10_username, r->sesi10_time, r->sesi10_idle_time);
    }
    state_row_end(&q->out);
  }
}

void state_ask_smb_sessions(struct state_ask *q)
{
  STATE_FUNCTION("netapi32.dll", NetSessionEnum);
  struct sessions s = {.get = NetSessionEnum_, .level = 502};
  const struct state_pages p = {.get = get_sessions, .on = on_sessions, .ctx = &s, .step = "list sessions"};
  if (s.get == NULL) {
    state_problem(&q->out, state_no_function());
    return;
  }
  state_net_list(q, &p);
  if (q->out.n_rows > 0 || (q->out.problem.code != HK_DENIED && q->out.problem.code != HK_UNSUPPORTED)) return;
  q->out.problem = hk_ok();
  s.level = 10;
  state_net_list(q, &p);
  if (q->out.problem.code == HK_OK)
    state_gap(&q->out, hk_fail(HK_DENIED, "list sessions: how many files are open was not told", HK_NO_OFFSET));
}

/* ---- open files ------------------------------------------------------------------------------------------------------------------ */

static DWORD get_files(void *ctx, BYTE **page, DWORD *n, DWORD_PTR *resume)
{
  __typeof__(NetFileEnum) *const *const get = ctx;
  DWORD total = 0;
  return (*get)(NULL, NULL, NULL, 3, page, MAX_PREFERRED_LENGTH, n, &total, resume);
}

static void on_files(struct state_ask *q, void *ctx, const BYTE *page, DWORD n)
{
  (void)ctx;
  for (DWORD i = 0; i < n; i++) {
    const FILE_INFO_3 *const r = (const FILE_INFO_3 *)(const void *)page + i;
    if (!state_row(&q->out)) return;
    state_uint(&q->out, "id", r->fi3_id);
    state_wide(q, "path", r->fi3_pathname);
    state_wide(q, "user_name", r->fi3_username);
    state_uint(&q->out, "permissions", r->fi3_permissions);
    state_uint(&q->out, "n_locks", r->fi3_num_locks);
    state_row_end(&q->out);
  }
}

void state_ask_smb_files(struct state_ask *q)
{
  STATE_FUNCTION("netapi32.dll", NetFileEnum);
  __typeof__(NetFileEnum) *get = NetFileEnum_;
  const struct state_pages p = {.get = get_files, .on = on_files, .ctx = &get, .step = "list open files"};
  if (get == NULL)
    state_problem(&q->out, state_no_function());
  else
    state_net_list(q, &p);
}

/* ---- shares, and who is connected to each -------------------------------------------------------------------------------------------- */

struct shares {
  __typeof__(NetShareEnum) *get;
  __typeof__(NetConnectionEnum) *connections;
  DWORD level;       /* 502 (administrators) or 1 */
  const WCHAR *name; /* connections: the share at hand */
};

static DWORD get_shares(void *ctx, BYTE **page, DWORD *n, DWORD_PTR *resume)
{
  const struct shares *const s = ctx;
  DWORD total = 0;
  DWORD handle = (DWORD)*resume;
  const DWORD e = s->get(NULL, s->level, page, MAX_PREFERRED_LENGTH, n, &total, &handle);
  *resume = handle;
  return e;
}

static void on_shares(struct state_ask *q, void *ctx, const BYTE *page, DWORD n)
{
  const struct shares *const s = ctx;
  for (DWORD i = 0; i < n; i++) {
    if (!state_row(&q->out)) return;
    if (s->level == 502) {
      const SHARE_INFO_502 *const r = (const SHARE_INFO_502 *)(const void *)page + i;
      state_wide(q, "share", r->shi502_netname);
      state_uint(&q->out, "type", r->shi502_type);
      state_wide(q, "remark", r->shi502_remark);
      state_wide(q, "path", r->shi502_path);
      state_uint(&q->out, "n_uses", r->shi502_current_uses);
    } else {
      const SHARE_INFO_1 *const r = (const SHARE_INFO_1 *)(const void *)page + i;
      state_wide(q, "share", r->shi1_netname);
      state_uint(&q->out, "type", r->shi1_type);
      state_wide(q, "remark", r->shi1_remark);
    }
    state_row_end(&q->out);
  }
}

/* The list at the level for administrators, else at the one for everybody. */
static void list_shares(struct state_ask *q, struct shares *s, void (*on)(struct state_ask *, void *, const BYTE *, DWORD))
{
  const struct state_pages p = {.get = get_shares, .on = on, .ctx = s, .step = "list shares"};
  s->level = 502;
  state_net_list(q, &p);
  if (q->out.n_rows > 0 || (q->out.problem.code != HK_DENIED && q->out.problem.code != HK_UNSUPPORTED)) return;
  q->out.problem = hk_ok();
  s->level = 1;
  state_net_list(q, &p);
}

void state_ask_shares(struct state_ask *q)
{
  STATE_FUNCTION("netapi32.dll", NetShareEnum);
  struct shares s = {.get = NetShareEnum_};
  if (s.get == NULL)
    state_problem(&q->out, state_no_function());
  else
    list_shares(q, &s, on_shares);
}

static DWORD get_connections(void *ctx, BYTE **page, DWORD *n, DWORD_PTR *resume)
{
  const struct shares *const s = ctx;
  DWORD total = 0;
  DWORD handle = (DWORD)*resume;
  const DWORD e = s->connections(NULL, (WCHAR *)(uintptr_t)s->name, 1, page, MAX_PREFERRED_LENGTH, n, &total, &handle);
  *resume = handle;
  return e;
}

/* Asked with a share, netname is the client's computer (MSDN, CONNECTION_INFO_1). */
static void on_connections(struct state_ask *q, void *ctx, const BYTE *page, DWORD n)
{
  const struct shares *const s = ctx;
  for (DWORD i = 0; i < n; i++) {
    const CONNECTION_INFO_1 *const r = (const CONNECTION_INFO_1 *)(const void *)page + i;
    if (!state_row(&q->out)) return;
    state_wide(q, "share", s->name);
    state_wide(q, "client", r->coni1_netname);
    state_wide(q, "user_name", r->coni1_username);
    state_uint(&q->out, "n_open_files", r->coni1_num_opens);
    state_uint(&q->out, "n_users", r->coni1_num_users);
    state_uint(&q->out, "active_seconds", r->coni1_time);
    state_row_end(&q->out);
  }
}

static void connections_of_page(struct state_ask *q, void *ctx, const BYTE *page, DWORD n)
{
  struct shares *const s = ctx;
  const struct state_pages p = {.get = get_connections, .on = on_connections, .ctx = s, .step = "list connections to a share"};
  for (DWORD i = 0; i < n && !state_late(q); i++) {
    s->name = s->level == 502 ? ((const SHARE_INFO_502 *)(const void *)page + i)->shi502_netname
                              : ((const SHARE_INFO_1 *)(const void *)page + i)->shi1_netname;
    state_net_list(q, &p);
  }
}

void state_ask_smb_connections(struct state_ask *q)
{
  STATE_FUNCTION("netapi32.dll", NetShareEnum);
  STATE_FUNCTION("netapi32.dll", NetConnectionEnum);
  struct shares s = {.get = NetShareEnum_, .connections = NetConnectionEnum_};
  if (s.get == NULL || s.connections == NULL)
    state_problem(&q->out, state_no_function());
  else
    list_shares(q, &s, connections_of_page);
}
