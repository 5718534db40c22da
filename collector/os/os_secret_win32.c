/* Secrets from outside on Windows: asked on the console, or left in the environment by whoever started us. */
#include "os/os_win32.h"

#define MOST_UNITS 2048

/* UTF-16 to UTF-8 in the caller's room; the units are wiped. */
static bool take(WCHAR *w, DWORD n_units, char *out, size_t room, size_t *n)
{
  const int size = n_units == 0 ? 0 : WideCharToMultiByte(CP_UTF8, 0, w, (int)n_units, out, room > 4096 ? 4096 : (int)room, NULL, NULL);
  const bool good = n_units == 0 || size > 0;
  SecureZeroMemory(w, sizeof *w * MOST_UNITS);
  if (good) *n = (size_t)size;
  return good;
}

static HANDLE open_console(const WCHAR *name)
{
  return CreateFileW(name, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
}

static void show(HANDLE out, hk_str s)
{
  struct hk_arena a;
  DWORD written = 0;
  hk_arena_init(&a, 1 << 16);
  const WCHAR *const w = os_wide(&a, s);
  if (w != NULL) (void)WriteConsoleW(out, w, (DWORD)wcslen(w), &written, NULL);
  hk_arena_done(&a);
}

static bool ask(HANDLE in, HANDLE out, hk_str prompt, char *to, size_t room, size_t *n)
{
  WCHAR line[MOST_UNITS];
  DWORD mode = 0;
  DWORD got = 0;
  if (!GetConsoleMode(in, &mode)) return false;
  (void)SetConsoleMode(in, ENABLE_LINE_INPUT | ENABLE_PROCESSED_INPUT);
  show(out, prompt);
  const bool read = ReadConsoleW(in, line, MOST_UNITS, &got, NULL) != 0;
  (void)SetConsoleMode(in, mode);
  show(out, HK_S("\r\n"));
  bool whole = false;
  while (got > 0 && (line[got - 1] == L'\n' || line[got - 1] == L'\r')) {
    whole = true;
    got--;
  }
  return take(line, read && whole ? got : 0, to, room, n) && read && whole;
}

hk_err os_ask_secret(hk_str prompt, char *out, size_t room, size_t *n)
{
  const HANDLE in = open_console(L"CONIN$");
  const HANDLE screen = open_console(L"CONOUT$");
  const bool there = in != INVALID_HANDLE_VALUE && screen != INVALID_HANDLE_VALUE;
  const bool good = there && ask(in, screen, prompt, out, room, n);
  if (in != INVALID_HANDLE_VALUE) CloseHandle(in);
  if (screen != INVALID_HANDLE_VALUE) CloseHandle(screen);
  if (!there) return hk_fail(HK_ABSENT, "ask: there is no console", HK_NO_OFFSET);
  return good ? hk_ok() : hk_fail(HK_USAGE, "ask: no answer, or too long a one", HK_NO_OFFSET);
}

bool os_environment_secret(const char *name, char *out, size_t room, size_t *n)
{
  WCHAR value[MOST_UNITS];
  struct hk_arena a;
  hk_arena_init(&a, 1 << 16);
  const WCHAR *const w = os_wide(&a, hk_str_of(name));
  const DWORD got = w == NULL ? 0 : GetEnvironmentVariableW(w, value, MOST_UNITS);
  hk_arena_done(&a);
  return got > 0 && got < MOST_UNITS && take(value, got, out, room, n);
}
