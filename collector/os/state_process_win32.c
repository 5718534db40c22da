/* Processes and what they have loaded. */
#include "os/state_win32.h"

#include <psapi.h>
#include <stdlib.h>
#include <string.h>
#include <winternl.h>

/* NtQuerySystemInformation (MSDN: it may be altered in future versions) has no documented way to tell a length that will
   still do at the next call: a bounded number of attempts with room to spare. */
#define LIST_TRIES 12
#define LIST_BYTES_MAX ((ULONG)64 << 20)
#define MOST_PROCESSES 65536u
#define MOST_MODULES 4096u
#define PATH_UNITS 32768u
#define STATUS_TOO_SHORT ((LONG)0xC0000004) /* STATUS_INFO_LENGTH_MISMATCH */
#define COMMAND_LINE_CLASS 60               /* ProcessCommandLineInformation: Windows 8.1 */

typedef LONG(NTAPI *query_process)(HANDLE, int, PVOID, ULONG, PULONG);

static query_process find_query(void)
{
  return (query_process)state_function(L"ntdll.dll", "NtQueryInformationProcess");
}

/* ---- one process ---------------------------------------------------------------------------------------------------------- */

/* The first thing that was not told, with Windows' error. */
static void miss(struct hk_arena *a, struct state_process *p, const char *what, DWORD error)
{
  if (p->missing.n == 0) p->missing = hk_str_printf(a, "%s: %lu", what, (unsigned long)error);
}

/* A UNICODE_STRING and its text in one buffer of ours (class 60): the pointer is checked against that buffer. */
static bool command_line_of_class(query_process query, HANDLE h, struct hk_arena *a, hk_str *out)
{
  enum { BYTES = sizeof(UNICODE_STRING) + 65536 };
  ULONG n = 0;
  uint8_t *const block = malloc(BYTES);
  if (block == NULL) return false;
  const bool told = query(h, COMMAND_LINE_CLASS, block, BYTES, &n) >= 0;
  UNICODE_STRING s;
  memcpy(&s, block, sizeof s);
  const uintptr_t from = (uintptr_t)s.Buffer;
  const uintptr_t to = (uintptr_t)block + BYTES;
  const bool inside = told && from >= (uintptr_t)block && from <= to && s.Length <= to - from;
  if (inside) *out = hk_str_from_utf16le(a, s.Buffer, s.Length);
  free(block);
  return inside;
}

static bool read_there(HANDLE h, const void *from, void *to, size_t n)
{
  SIZE_T got = 0;
  return ReadProcessMemory(h, from, to, n, &got) && got == n;
}

/* Windows 7 and 8: PEB, process parameters, string; all of it is the process's own memory and may say anything. The native
   block of a 32-bit process says the same. Needs PROCESS_QUERY_INFORMATION and PROCESS_VM_READ. */
static bool command_line_of_memory(query_process query, HANDLE h, struct hk_arena *a, hk_str *out)
{
  PROCESS_BASIC_INFORMATION basic;
  PEB peb;
  RTL_USER_PROCESS_PARAMETERS parameters;
  ULONG n = 0;
  if (query(h, ProcessBasicInformation, &basic, sizeof basic, &n) < 0 || basic.PebBaseAddress == NULL) return false;
  if (!read_there(h, basic.PebBaseAddress, &peb, sizeof peb) || peb.ProcessParameters == NULL) return false;
  if (!read_there(h, peb.ProcessParameters, &parameters, sizeof parameters)) return false;
  const size_t size = parameters.CommandLine.Length;
  uint8_t *const text = hk_new(a, uint8_t, size);
  if (text == NULL || (size > 0 && !read_there(h, parameters.CommandLine.Buffer, text, size))) return false;
  *out = hk_str_from_utf16le(a, text, size);
  return true;
}

static void ask_command_line(struct hk_arena *a, HANDLE h, struct state_process *p)
{
  const query_process query = find_query();
  if (query == NULL || command_line_of_class(query, h, a, &p->command_line)) return;
  const HANDLE deep = OpenProcess(PROCESS_QUERY_INFORMATION | PROCESS_VM_READ, FALSE, p->pid);
  const DWORD error = GetLastError();
  if (deep == NULL || !command_line_of_memory(query, deep, a, &p->command_line)) miss(a, p, "command line", error);
  if (deep != NULL) CloseHandle(deep);
}

static void ask_user(struct hk_arena *a, HANDLE h, struct state_process *p)
{
  union {
    TOKEN_USER user;
    BYTE bytes[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
  } info;
  DWORD n = 0;
  HANDLE token = NULL;
  if (!OpenProcessToken(h, TOKEN_QUERY, &token)) {
    miss(a, p, "user", GetLastError());
    return;
  }
  if (GetTokenInformation(token, TokenUser, &info, sizeof info, &n))
    p->user = state_sid_text(a, info.user.User.Sid);
  else
    miss(a, p, "user", GetLastError());
  CloseHandle(token);
}

/* PROCESS_QUERY_LIMITED_INFORMATION is granted also for protected processes (MSDN, "Process Security and Access Rights"). The
   idle process and the kernel's own ones are no programs. */
static void ask_process(struct hk_arena *a, struct state_process *p)
{
  BOOL wow64 = FALSE;
  DWORD n = PATH_UNITS;
  if (p->pid == 0) return;
  const HANDLE h = OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, p->pid);
  if (h == NULL) {
    miss(a, p, "open", GetLastError());
    return;
  }
  WCHAR *const path = malloc(PATH_UNITS * sizeof *path);
  if (path != NULL && QueryFullProcessImageNameW(h, 0, path, &n))
    p->path = os_narrow(a, path, n);
  else
    miss(a, p, "path", GetLastError());
  free(path);
  if (IsWow64Process(h, &wow64)) p->wow64 = wow64 ? 1 : 0;
  ask_user(a, h, p);
  ask_command_line(a, h, p);
  CloseHandle(h);
}

/* ---- the list --------------------------------------------------------------------------------------------------------------- */

typedef LONG(NTAPI *query_system)(int, PVOID, ULONG, PULONG);

static uint8_t *take_list(query_system query, ULONG *size, hk_err *e)
{
  ULONG room = 512 * 1024;
  *e = hk_fail(HK_LIMIT, "list processes: the list grows faster than it is read", HK_NO_OFFSET);
  for (int i = 0; i < LIST_TRIES && room <= LIST_BYTES_MAX; i++) {
    ULONG need = 0;
    uint8_t *const p = malloc(room);
    if (p == NULL) break;
    const LONG status = query(SystemProcessInformation, p, room, &need);
    if (status >= 0) {
      *size = need > 0 && need <= room ? need : room;
      *e = hk_ok();
      return p;
    }
    free(p);
    if (status != STATUS_TOO_SHORT) {
      *e = state_fail_nt("list processes", status);
      break;
    }
    room = need > room ? need + room / 2 : room * 2;
  }
  return NULL;
}

/* The name's text lies in the same block. */
static hk_str name_in(struct hk_arena *a, const uint8_t *block, size_t size, const UNICODE_STRING *s)
{
  const uintptr_t from = (uintptr_t)s->Buffer;
  const uintptr_t low = (uintptr_t)block;
  if (from < low || from > low + size || s->Length > low + size - from) return (hk_str){.p = NULL, .n = 0};
  return hk_str_from_utf16le(a, s->Buffer, s->Length);
}

static size_t count_processes(const uint8_t *block, size_t size)
{
  size_t n = 0;
  size_t at = 0;
  while (n < MOST_PROCESSES && size - at >= sizeof(SYSTEM_PROCESS_INFORMATION)) {
    ULONG next = 0;
    memcpy(&next, block + at, sizeof next);
    n++;
    if (next == 0 || next > size - at) break;
    at += next;
  }
  return n;
}

static void read_list(struct state_seen *s, const uint8_t *block, size_t size)
{
  const size_t n = count_processes(block, size);
  size_t at = 0;
  s->v = hk_new(&s->arena, struct state_process, n);
  if (s->v == NULL) {
    s->problem = hk_fail(HK_MEMORY, "list processes", HK_NO_OFFSET);
    return;
  }
  for (; s->n < n; s->n++) {
    SYSTEM_PROCESS_INFORMATION i;
    memcpy(&i, block + at, sizeof i);
    s->v[s->n] = (struct state_process){.pid = (uint32_t)(uintptr_t)i.UniqueProcessId,
                                        .parent = (uint32_t)(uintptr_t)i.InheritedFromUniqueProcessId,
                                        .session = i.SessionId,
                                        .started_at = hk_time_from_filetime((uint64_t)i.CreateTime.QuadPart),
                                        .name = name_in(&s->arena, block, size, &i.ImageName),
                                        .wow64 = -1,
                                        .missing = HK_S("")};
    at += i.NextEntryOffset;
  }
}

void state_see_processes(struct state_seen *s)
{
  const query_system query = (query_system)state_function(L"ntdll.dll", "NtQuerySystemInformation");
  ULONG size = 0;
  s->taken_at = os_now();
  if (query == NULL) {
    s->problem = state_no_function();
    return;
  }
  uint8_t *const block = take_list(query, &size, &s->problem);
  if (block == NULL) return;
  read_list(s, block, size);
  free(block);
  for (size_t i = 0; i < s->n; i++) ask_process(&s->arena, &s->v[i]);
}

/* ---- topics ------------------------------------------------------------------------------------------------------------------- */

/* The number of a process that has ended is given to another: only who was there before can be the parent. */
static hk_str parent_path(const struct state_seen *s, const struct state_process *child)
{
  for (size_t i = 0; i < s->n; i++)
    if (s->v[i].pid == child->parent && s->v[i].started_at <= child->started_at && child->pid != child->parent) return s->v[i].path;
  return (hk_str){.p = NULL, .n = 0};
}

void state_ask_processes(struct state_ask *q)
{
  struct state_images *const images = state_images_open(q);
  if (q->seen->problem.code != HK_OK) state_problem(&q->out, q->seen->problem);
  for (size_t i = 0; i < q->seen->n; i++) {
    const struct state_process *const p = &q->seen->v[i];
    if (!state_row(&q->out)) return;
    state_uint(&q->out, "pid", p->pid);
    state_uint(&q->out, "parent", p->parent);
    state_uint(&q->out, "session", p->session);
    state_str(&q->out, "name", p->name);
    state_str(&q->out, "path", p->path);
    state_str(&q->out, "command_line", p->command_line);
    state_str(&q->out, "parent_path", parent_path(q->seen, p));
    state_str(&q->out, "user", p->user);
    state_time(&q->out, "started_at", p->started_at);
    if (p->wow64 >= 0) state_bool(&q->out, "wow64", p->wow64 == 1);
    state_bool(&q->out, "is_hikeshi", p->pid == os_process_id());
    if (p->missing.n != 0) state_str(&q->out, "missing", p->missing);
    state_image(images, p->path);
    state_row_end(&q->out);
  }
}

/* Folders that only administrators write: what is loaded from there is not listed. Below Windows some are for everybody. */
static bool is_of_system(hk_str path)
{
  static const char *const ordinary[] = {"?:\\windows\\**", "?:\\program files\\**", "?:\\program files (x86)\\**"};
  static const char *const open[] = {"?:\\windows\\temp\\**", "?:\\windows\\tasks\\**", "?:\\windows\\tracing\\**",
                                     "?:\\windows\\debug\\**", "?:\\windows\\system32\\tasks\\**",
                                     "?:\\windows\\system32\\spool\\drivers\\color\\**", "?:\\windows\\registration\\crmlog\\**"};
  for (size_t i = 0; i < sizeof open / sizeof open[0]; i++)
    if (hk_glob_match(hk_str_of(open[i]), path)) return false;
  for (size_t i = 0; i < sizeof ordinary / sizeof ordinary[0]; i++)
    if (hk_glob_match(hk_str_of(ordinary[i]), path)) return true;
  return false;
}

struct listing {
  struct state_ask *q;
  struct state_images *images;
  HMODULE *modules;
  WCHAR *path;
  uint64_t n_denied;
};

/* The first module is the program itself. Names are those that the loader keeps in the process's memory. */
static void list_modules(struct listing *l, const struct state_process *p, HANDLE h, size_t n)
{
  for (size_t i = 1; i < n; i++) {
    MODULEINFO info = {.SizeOfImage = 0};
    const DWORD units = K32GetModuleFileNameExW(h, l->modules[i], l->path, PATH_UNITS);
    if (units == 0 || units >= PATH_UNITS) continue;
    const hk_str path = os_narrow(&l->q->arena, l->path, units);
    if (path.n == 0 || is_of_system(path)) continue;
    if (!state_row(&l->q->out)) return;
    state_uint(&l->q->out, "pid", p->pid);
    state_str(&l->q->out, "path", path);
    state_str(&l->q->out, "process_path", p->path);
    state_str(&l->q->out, "user", p->user);
    if (K32GetModuleInformation(h, l->modules[i], &info, sizeof info)) state_uint(&l->q->out, "size_bytes", info.SizeOfImage);
    state_image(l->images, path);
    state_row_end(&l->q->out);
  }
}

static void ask_modules_of(struct listing *l, const struct state_process *p)
{
  DWORD need = 0;
  const DWORD room = MOST_MODULES * sizeof *l->modules;
  if (p->pid == 0 || p->path.n == 0) return; /* the kernel's own */
  const HANDLE h = OpenProcess(PROCESS_QUERY_INFORMATION | PROCESS_VM_READ, FALSE, p->pid);
  if (h == NULL) {
    if (GetLastError() == ERROR_ACCESS_DENIED) l->n_denied++;
    return; /* or it has ended */
  }
  if (K32EnumProcessModulesEx(h, l->modules, room, &need, LIST_MODULES_ALL))
    list_modules(l, p, h, (need < room ? need : room) / sizeof *l->modules);
  CloseHandle(h);
}

void state_ask_modules(struct state_ask *q)
{
  struct listing l = {.q = q, .images = state_images_open(q)};
  l.modules = hk_new(&q->arena, HMODULE, MOST_MODULES);
  l.path = hk_new(&q->arena, WCHAR, PATH_UNITS);
  if (l.modules == NULL || l.path == NULL) {
    state_problem(&q->out, hk_fail(HK_MEMORY, "list modules", HK_NO_OFFSET));
    return;
  }
  if (q->seen->problem.code != HK_OK) state_problem(&q->out, q->seen->problem);
  for (size_t i = 0; i < q->seen->n && !state_late(q); i++) ask_modules_of(&l, &q->seen->v[i]);
  if (state_late(q)) state_gap(&q->out, hk_fail(HK_TIMEOUT, "list modules: some processes were left out", HK_NO_OFFSET));
  if (l.n_denied > 0)
    state_gap(&q->out, hk_fail_os(HK_DENIED, "list modules: some processes are protected", ERROR_ACCESS_DENIED));
}
