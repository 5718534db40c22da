/* The console on Windows. */
#include "os/os_win32.h"

#include <stdlib.h>

#ifndef ENABLE_VIRTUAL_TERMINAL_PROCESSING
#define ENABLE_VIRTUAL_TERMINAL_PROCESSING 4
#endif

static HANDLE standard(int which)
{
  static const DWORD ids[3] = {STD_INPUT_HANDLE, STD_OUTPUT_HANDLE, STD_ERROR_HANDLE};
  return which >= 0 && which < 3 ? GetStdHandle(ids[which]) : NULL;
}

bool os_is_terminal(int which)
{
  DWORD mode = 0;
  const HANDLE h = standard(which);
  return h && GetConsoleMode(h, &mode);
}

static UINT code_page_before;
static DWORD mode_before;
static bool mode_changed;

/* The window belongs to whoever started us. */
static void restore_console(void)
{
  if (code_page_before) SetConsoleOutputCP(code_page_before);
  if (mode_changed) SetConsoleMode(standard(1), mode_before);
}

void os_console_prepare(void)
{
  DWORD mode = 0;
  const HANDLE out = standard(1);
  if (out == NULL || !GetConsoleMode(out, &mode)) return;
  code_page_before = GetConsoleOutputCP();
  mode_before = mode;
  (void)SetConsoleOutputCP(CP_UTF8);
  /* Windows 10 1511 and later; older ones refuse it and would show escape sequences as text. */
  mode_changed = SetConsoleMode(out, mode | ENABLE_VIRTUAL_TERMINAL_PROCESSING) != 0;
  (void)atexit(restore_console);
}

bool os_console_has_ansi(void)
{
  return mode_changed;
}

/* A console that only we are attached to was made for us. */
bool os_console_is_own(void)
{
  DWORD ids[2];
  return GetConsoleProcessList(ids, 2) == 1;
}

/* Pushed by a scheduled task or a service there is a console too, and nobody who sees it. */
static bool somebody_sees_us(void)
{
  DWORD session = 0;
  STARTUPINFOW start = {.cb = sizeof start};
  GetStartupInfoW(&start);
  if ((start.dwFlags & STARTF_USESHOWWINDOW) != 0 && start.wShowWindow == SW_HIDE) return false;
  return !ProcessIdToSessionId(GetCurrentProcessId(), &session) || session != 0; /* 0 is for services since Vista */
}

void os_wait_key(void)
{
  INPUT_RECORD r;
  DWORD n = 0;
  const HANDLE in = standard(0);
  if (!os_is_terminal(0) || !somebody_sees_us()) return;
  FlushConsoleInputBuffer(in);
  while (ReadConsoleInputW(in, &r, 1, &n) && n == 1)
    if (r.EventType == KEY_EVENT && r.Event.KeyEvent.bKeyDown) return;
}

static void (*volatile interrupt_handler)(void);

/* Runs on a thread that Windows makes. After CLOSE, LOGOFF and SHUTDOWN the process has seconds to end by itself, and only
   as long as this function does not return. */
static BOOL WINAPI on_control(DWORD event)
{
  void (*const handler)(void) = interrupt_handler;
  if (handler == NULL) return FALSE;
  handler();
  if (event == CTRL_CLOSE_EVENT || event == CTRL_LOGOFF_EVENT || event == CTRL_SHUTDOWN_EVENT) Sleep(INFINITE);
  return TRUE;
}

void os_on_interrupt(void (*handler)(void))
{
  const bool first = interrupt_handler == NULL;
  interrupt_handler = handler;
  if (first && handler) (void)SetConsoleCtrlHandler(on_control, TRUE);
}
