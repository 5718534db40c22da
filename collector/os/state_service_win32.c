/* Services and drivers: what is configured, what runs, what the kernel has loaded. */
#include "os/state_win32.h"

#include <stdlib.h>
#include <string.h>
#include <winternl.h>

#define LIST_BYTES ((DWORD)256 * 1024) /* the most that EnumServicesStatusEx fills at once (MSDN) */
#define LIST_TURNS 1000
#define CONFIG_BYTES ((DWORD)8 * 1024) /* likewise of QueryServiceConfig */
#define DRIVERS_CLASS 11               /* SystemModuleInformation */
#define DRIVER_TRIES 10
#define DRIVER_BYTES_MAX ((ULONG)16 << 20)

/* Configuration needs SERVICE_QUERY_CONFIG, which everybody has unless the service says otherwise. */
static void put_config(struct state_ask *q, SC_HANDLE manager, const WCHAR *name)
{
  DWORD need = 0;
  const SC_HANDLE service = OpenServiceW(manager, name, SERVICE_QUERY_CONFIG);
  QUERY_SERVICE_CONFIGW *const c = malloc(CONFIG_BYTES);
  if (service != NULL && c != NULL && QueryServiceConfigW(service, c, CONFIG_BYTES, &need)) {
    state_uint(&q->out, "start_type", c->dwStartType);
    state_wide(q, "command_line", c->lpBinaryPathName);
    state_wide(q, "account", c->lpServiceStartName);
    state_wide(q, "load_group", c->lpLoadOrderGroup);
  } else {
    const DWORD e = GetLastError();
    state_str(&q->out, "missing", hk_str_printf(&q->arena, "configuration: %lu", (unsigned long)e));
  }
  free(c);
  if (service != NULL) CloseServiceHandle(service);
}

/* svchost's services live in a DLL: HKLM\SYSTEM\CurrentControlSet\Services\<name>\Parameters, ServiceDll. */
static void put_dll(struct state_ask *q, const WCHAR *name)
{
  const HKEY services = state_reg_open(HKEY_LOCAL_MACHINE, L"SYSTEM\\CurrentControlSet\\Services");
  const HKEY service = services == NULL ? NULL : state_reg_open(services, name);
  const HKEY parameters = service == NULL ? NULL : state_reg_open(service, L"Parameters");
  if (parameters != NULL) {
    state_str(&q->out, "dll", state_reg_text(&q->arena, parameters, L"ServiceDll"));
    RegCloseKey(parameters);
  }
  if (service != NULL) RegCloseKey(service);
  if (services != NULL) RegCloseKey(services);
}

static void put_services(struct state_ask *q, SC_HANDLE manager, const ENUM_SERVICE_STATUS_PROCESSW *v, DWORD n)
{
  for (DWORD i = 0; i < n && !state_late(q) && state_row(&q->out); i++) {
    const SERVICE_STATUS_PROCESS *const s = &v[i].ServiceStatusProcess;
    state_wide(q, "service", v[i].lpServiceName);
    state_wide(q, "display_name", v[i].lpDisplayName);
    state_uint(&q->out, "type", s->dwServiceType);
    state_uint(&q->out, "state", s->dwCurrentState);
    state_uint(&q->out, "pid", s->dwProcessId);
    put_config(q, manager, v[i].lpServiceName);
    put_dll(q, v[i].lpServiceName);
    state_row_end(&q->out);
  }
}

/* EnumServicesStatusEx (XP; MSDN): ERROR_MORE_DATA until all are told, a resume handle that starts at 0; the manager is opened with
   SC_MANAGER_ENUMERATE_SERVICE, which local users have. Services that may not be queried are left out of the list. */
void state_ask_services(struct state_ask *q)
{
  const SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT | SC_MANAGER_ENUMERATE_SERVICE);
  BYTE *const block = malloc(LIST_BYTES);
  DWORD resume = 0;
  bool more = manager != NULL && block != NULL;
  if (manager == NULL) state_problem(&q->out, state_fail("open the service manager", GetLastError()));
  for (int turn = 0; more && turn < LIST_TURNS && !state_late(q); turn++) {
    DWORD need = 0;
    DWORD n = 0;
    const bool all = EnumServicesStatusExW(manager, SC_ENUM_PROCESS_INFO, SERVICE_WIN32 | SERVICE_DRIVER, SERVICE_STATE_ALL, block,
                                           LIST_BYTES, &need, &n, &resume, NULL) != 0;
    const DWORD e = all ? ERROR_SUCCESS : GetLastError();
    if (all || e == ERROR_MORE_DATA)
      put_services(q, manager, (const ENUM_SERVICE_STATUS_PROCESSW *)(const void *)block, n);
    else
      state_problem(&q->out, state_fail("list services", e));
    more = e == ERROR_MORE_DATA && n > 0;
  }
  if (state_late(q)) state_gap(&q->out, hk_fail(HK_TIMEOUT, "list services: some were left out", HK_NO_OFFSET));
  free(block);
  if (manager != NULL) CloseServiceHandle(manager);
}

/* RTL_PROCESS_MODULES: a count, then rows of 296 bytes (64-bit): section, mapped base, image base, image size, flags, three indices,
   offset of the file name in the path, 256 bytes of path in the system's ANSI code page. Windows 11 24H2 hides the base from who
   lacks SeDebugPrivilege; it is not asked for here. */
static void put_drivers(struct state_ask *q, const uint8_t *block, ULONG size)
{
  enum { HEAD = 8, ROW = 296, SIZE_AT = 24, PATH_AT = 40, PATH_BYTES = 256 };
  ULONG n = 0;
  memcpy(&n, block, sizeof n);
  for (size_t i = 0; i < n && HEAD + (i + 1) * ROW <= size && state_row(&q->out); i++) {
    const uint8_t *const row = block + HEAD + i * ROW;
    const size_t bytes = strnlen((const char *)row + PATH_AT, PATH_BYTES);
    WCHAR wide[PATH_BYTES];
    ULONG image_size = 0;
    const int units = MultiByteToWideChar(CP_ACP, 0, (const char *)row + PATH_AT, (int)bytes, wide, PATH_BYTES);
    memcpy(&image_size, row + SIZE_AT, sizeof image_size);
    state_uint(&q->out, "load_order", i);
    if (units > 0) state_wide_n(q, "path", wide, (size_t)units);
    state_uint(&q->out, "size_bytes", image_size);
    state_row_end(&q->out);
  }
}

void state_ask_drivers(struct state_ask *q)
{
  typedef LONG(NTAPI * query_system)(int, PVOID, ULONG, PULONG);
  const query_system query = (query_system)state_function(L"ntdll.dll", "NtQuerySystemInformation");
  ULONG room = 256 * 1024;
  LONG status = (LONG)0xC0000004; /* STATUS_INFO_LENGTH_MISMATCH */
  if (query == NULL) {
    state_problem(&q->out, state_no_function());
    return;
  }
  for (int i = 0; i < DRIVER_TRIES && status == (LONG)0xC0000004 && room <= DRIVER_BYTES_MAX; i++) {
    ULONG need = 0;
    uint8_t *const block = calloc(1, room);
    status = block == NULL ? (LONG)0xC0000017 : query(DRIVERS_CLASS, block, room, &need);
    if (status >= 0) put_drivers(q, block, room);
    free(block);
    room = need > room ? need * 2 : room * 2;
  }
  if (status < 0) state_problem(&q->out, state_fail_nt("list drivers", status));
}
