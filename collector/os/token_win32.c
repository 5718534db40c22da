/* Tokens for the child. CreateRestrictedToken makes, from our own token, one with privileges removed, SIDs that count only
   where they deny, and restricting SIDs: access is given only where both the ordinary check and one against the restricting
   SIDs alone allow it. A restricted version of the caller's own token may be used with CreateProcessAsUser without
   SeAssignPrimaryTokenPrivilege (documentation of CreateProcessAsUser). The levels follow what Chromium's design document of
   its sandbox describes. */
#include "os/confine_win32.h"

#include <stdlib.h>

#define MOST_SIDS 256
#define LOW_INTEGRITY 0x1000

struct token_facts {
  uint8_t *user_buffer, *groups_buffer;
  TOKEN_USER *user;
  TOKEN_GROUPS *groups;
  uint8_t everyone[SECURITY_MAX_SID_SIZE], users[SECURITY_MAX_SID_SIZE], restricted[SECURITY_MAX_SID_SIZE],
      null[SECURITY_MAX_SID_SIZE], interactive[SECURITY_MAX_SID_SIZE], administrators[SECURITY_MAX_SID_SIZE];
};

static uint8_t *query(struct hk_arena *a, HANDLE token, TOKEN_INFORMATION_CLASS what)
{
  DWORD n = 0;
  (void)GetTokenInformation(token, what, NULL, 0, &n);
  uint8_t *const p = n ? hk_new(a, uint8_t, n) : NULL;
  return p && GetTokenInformation(token, what, p, n, &n) ? p : NULL;
}

static bool known_sid(WELL_KNOWN_SID_TYPE type, uint8_t *out)
{
  DWORD n = SECURITY_MAX_SID_SIZE;
  return CreateWellKnownSid(type, NULL, out, &n) != 0;
}

static bool learn(struct hk_arena *a, HANDLE token, struct token_facts *f)
{
  f->user = (TOKEN_USER *)(void *)query(a, token, TokenUser);
  f->groups = (TOKEN_GROUPS *)(void *)query(a, token, TokenGroups);
  return f->user && f->groups && known_sid(WinWorldSid, f->everyone) && known_sid(WinBuiltinUsersSid, f->users) &&
         known_sid(WinRestrictedCodeSid, f->restricted) && known_sid(WinNullSid, f->null) &&
         known_sid(WinInteractiveSid, f->interactive) && known_sid(WinBuiltinAdministratorsSid, f->administrators);
}

struct sids {
  SID_AND_ATTRIBUTES v[MOST_SIDS];
  DWORD n;
};

static void add(struct sids *l, PSID sid)
{
  if (l->n < MOST_SIDS) l->v[l->n++] = (SID_AND_ATTRIBUTES){.Sid = sid};
}

static bool is_integrity(const SID_AND_ATTRIBUTES *g)
{
  return (g->Attributes & SE_GROUP_INTEGRITY) != 0;
}

static bool is_logon(const SID_AND_ATTRIBUTES *g)
{
  return (g->Attributes & SE_GROUP_LOGON_ID) == SE_GROUP_LOGON_ID;
}

static void choose(enum os_token kind, struct token_facts *f, struct sids *deny, struct sids *restrict_to)
{
  if (kind == OS_TOKEN_LOW) {
    add(deny, f->administrators);
    return;
  }
  if (kind == OS_TOKEN_LOCKED) {
    add(deny, f->user->User.Sid);
    add(restrict_to, f->null);
  } else {
    add(restrict_to, f->users);
    add(restrict_to, f->everyone);
    add(restrict_to, f->restricted);
  }
  for (DWORD i = 0; i < f->groups->GroupCount; i++) {
    const SID_AND_ATTRIBUTES *const g = &f->groups->Groups[i];
    const bool common = EqualSid(g->Sid, f->users) || EqualSid(g->Sid, f->everyone) || EqualSid(g->Sid, f->interactive);
    if (is_integrity(g)) continue;
    if (kind == OS_TOKEN_LOCKED)
      add(deny, g->Sid);
    else if (is_logon(g))
      add(restrict_to, g->Sid);
    else if (!common)
      add(deny, g->Sid);
  }
}

static bool lower_integrity(HANDLE token)
{
  SID_IDENTIFIER_AUTHORITY authority = SECURITY_MANDATORY_LABEL_AUTHORITY;
  PSID low = NULL;
  if (!AllocateAndInitializeSid(&authority, 1, LOW_INTEGRITY, 0, 0, 0, 0, 0, 0, 0, &low)) return false;
  TOKEN_MANDATORY_LABEL label = {.Label = {.Sid = low, .Attributes = SE_GROUP_INTEGRITY}};
  const bool done = SetTokenInformation(token, TokenIntegrityLevel, &label, sizeof label + GetLengthSid(low)) != 0;
  FreeSid(low);
  return done;
}

/* As much access as the parent, yet "restricted", so that a restricted process may wear it: Windows gives a restricted
   process only identification with an unrestricted token. */
static bool make_start_token(HANDLE own, struct token_facts *f, HANDLE *start)
{
  struct sids *const all = calloc(1, sizeof *all);
  HANDLE primary = NULL;
  bool done = false;
  if (all == NULL) return false;
  add(all, f->user->User.Sid);
  add(all, f->restricted);
  for (DWORD i = 0; i < f->groups->GroupCount; i++)
    if (!is_integrity(&f->groups->Groups[i])) add(all, f->groups->Groups[i].Sid);
  if (CreateRestrictedToken(own, DISABLE_MAX_PRIVILEGE, 0, NULL, 0, NULL, all->n, all->v, &primary)) {
    done = lower_integrity(primary) && DuplicateTokenEx(primary, TOKEN_IMPERSONATE | TOKEN_QUERY | TOKEN_DUPLICATE, NULL,
                                                        SecurityImpersonation, TokenImpersonation, start);
    CloseHandle(primary);
  }
  free(all);
  return done;
}

static bool make_primary(enum os_token kind, HANDLE own, struct token_facts *f, HANDLE *primary)
{
  struct sids *const lists = calloc(2, sizeof *lists);
  if (lists == NULL) return false;
  choose(kind, f, &lists[0], &lists[1]);
  const bool done = CreateRestrictedToken(own, DISABLE_MAX_PRIVILEGE, lists[0].n, lists[0].v, 0, NULL, lists[1].n,
                                          lists[1].n ? lists[1].v : NULL, primary) != 0;
  free(lists);
  return done;
}

hk_err os_token_make(enum os_token kind, HANDLE *primary, HANDLE *start)
{
  struct hk_arena a;
  struct token_facts f = {.user = NULL};
  HANDLE own = NULL;
  hk_err e = hk_ok();
  *primary = *start = NULL;
  if (kind == OS_TOKEN_SAME) return e;
  hk_arena_init(&a, 0);
  const DWORD access = TOKEN_DUPLICATE | TOKEN_ASSIGN_PRIMARY | TOKEN_QUERY | TOKEN_ADJUST_DEFAULT | TOKEN_IMPERSONATE;
  const bool done = OpenProcessToken(GetCurrentProcess(), access, &own) && learn(&a, own, &f) &&
                    make_primary(kind, own, &f, primary) && lower_integrity(*primary) &&
                    (kind != OS_TOKEN_LOCKED || make_start_token(own, &f, start));
  if (!done) {
    e = os_fail_last("make the examiner's token");
    if (*primary) CloseHandle(*primary);
    *primary = NULL;
  }
  if (own) CloseHandle(own);
  hk_arena_done(&a);
  return e;
}
