/* A question by UDP, on Windows. The socket library is loaded only here, when it is asked for, and from System32 only: neither
   the program nor its examiner has a network library otherwise. */
#include <winsock2.h>
#include <ws2tcpip.h>

#include "os/os_win32.h"
#include "os/udp.h"

#include <string.h>

typedef HMODULE(WINAPI *load_library)(LPCWSTR, HANDLE, DWORD);

struct library {
  int(WSAAPI *startup)(WORD, LPWSADATA);
  int(WSAAPI *cleanup)(void);
  int(WSAAPI *error)(void);
  int(WSAAPI *resolve)(PCWSTR, PCWSTR, const ADDRINFOW *, PADDRINFOW *);
  void(WSAAPI *release)(PADDRINFOW);
  SOCKET(WSAAPI *open)(int, int, int);
  int(WSAAPI *connect)(SOCKET, const struct sockaddr *, int);
  int(WSAAPI *send)(SOCKET, const char *, int, int);
  int(WSAAPI *recv)(SOCKET, char *, int, int);
  int(WSAAPI *option)(SOCKET, int, int, const char *, int);
  int(WSAAPI *close)(SOCKET);
};

static bool load(struct library *l)
{
  static const char *const names[] = {"WSAStartup", "WSACleanup", "WSAGetLastError", "GetAddrInfoW", "FreeAddrInfoW", "socket",
                                      "connect",    "send",       "recv",            "setsockopt",   "closesocket"};
  WCHAR path[MAX_PATH + 16];
  const UINT n = GetSystemDirectoryW(path, MAX_PATH);
  const load_library load_it = (load_library)os_find_function(L"kernel32.dll", "LoadLibraryExW");
  if (n == 0 || n >= MAX_PATH || load_it == NULL) return false;
  wmemcpy(path + n, L"\\ws2_32.dll", 12);
  const HMODULE dll = load_it(path, NULL, LOAD_WITH_ALTERED_SEARCH_PATH); /* what it needs comes from the same folder */
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    const os_any_function f = dll == NULL ? NULL : (os_any_function)GetProcAddress(dll, names[i]);
    if (f == NULL) return false;
    memcpy((char *)l + i * sizeof f, &f, sizeof f); /* in the order of the struct */
  }
  return true;
}

static hk_err failed(const struct library *l, const char *step)
{
  const int e = l->error();
  return hk_fail_os(e == WSAETIMEDOUT ? HK_TIMEOUT : e == WSAHOST_NOT_FOUND ? HK_ABSENT : HK_IO, step, e);
}

struct question {
  const void *out;
  int n_out;
  void *in;
  int n_in;
  DWORD timeout_ms;
};

static hk_err ask_address(const struct library *l, const ADDRINFOW *to, const struct question *q, size_t *got, struct os_udp_times *at)
{
  const SOCKET s = l->open(to->ai_family, SOCK_DGRAM, IPPROTO_UDP);
  if (s == INVALID_SOCKET) return failed(l, "open a socket");
  (void)l->option(s, SOL_SOCKET, SO_RCVTIMEO, (const char *)&q->timeout_ms, sizeof q->timeout_ms);
  hk_err e = l->connect(s, to->ai_addr, (int)to->ai_addrlen) == 0 ? hk_ok() : failed(l, "reach the server");
  at->sent_at = os_now();
  if (e.code == HK_OK && l->send(s, q->out, q->n_out, 0) != q->n_out) e = failed(l, "ask the server");
  const int n = e.code == HK_OK ? l->recv(s, q->in, q->n_in, 0) : 0;
  at->received_at = os_now();
  if (e.code == HK_OK && n < 0) e = failed(l, "wait for the server's answer");
  if (e.code == HK_OK) *got = (size_t)n;
  (void)l->close(s);
  return e;
}

static hk_err resolve_and_ask(const struct library *l, hk_str host, uint16_t port, const struct question *q, size_t *got,
                              struct os_udp_times *at)
{
  struct hk_arena a;
  ADDRINFOW wanted = {.ai_socktype = SOCK_DGRAM, .ai_protocol = IPPROTO_UDP};
  PADDRINFOW found = NULL;
  hk_arena_init(&a, 0);
  const WCHAR *const name = os_wide(&a, host);
  const WCHAR *const service = os_wide(&a, hk_str_printf(&a, "%u", (unsigned)port));
  hk_err e = name == NULL || service == NULL ? hk_fail(HK_MEMORY, "find the server", HK_NO_OFFSET) : hk_ok();
  if (e.code == HK_OK && l->resolve(name, service, &wanted, &found) != 0) e = failed(l, "find the server");
  if (e.code == HK_OK) e = ask_address(l, found, q, got, at);
  if (found != NULL) l->release(found);
  hk_arena_done(&a);
  return e;
}

hk_err os_udp_ask(hk_str host, uint16_t port, const void *out, size_t n_out, void *in, size_t n_in, unsigned timeout_ms, size_t *got,
                  struct os_udp_times *at)
{
  struct library l;
  WSADATA data;
  if (!load(&l) || l.startup(MAKEWORD(2, 2), &data) != 0) return hk_fail(HK_UNSUPPORTED, "open a socket: no network library", HK_NO_OFFSET);
  const struct question q = {.out = out, .n_out = (int)n_out, .in = in, .n_in = (int)n_in, .timeout_ms = timeout_ms};
  const hk_err e = resolve_and_ask(&l, host, port, &q, got, at);
  (void)l.cleanup();
  return e;
}
