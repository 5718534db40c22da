/* The terminal on POSIX. */
#include "os/os_posix.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

bool os_is_terminal(int which)
{
  return which >= 0 && which < 3 && isatty(which);
}

void os_console_prepare(void)
{
}

bool os_console_has_ansi(void)
{
  const char *const term = getenv("TERM");
  return isatty(1) && term && *term && strcmp(term, "dumb") != 0;
}

bool os_console_is_own(void)
{
  return false;
}

void os_wait_key(void)
{
  struct termios before, raw;
  char key;
  if (!isatty(0) || tcgetattr(0, &before) != 0) return;
  raw = before;
  raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
  (void)tcsetattr(0, TCSANOW, &raw);
  (void)!read(0, &key, 1);
  (void)tcsetattr(0, TCSANOW, &before);
}

static void (*volatile interrupt_handler)(void);

static void on_signal(int number)
{
  (void)number;
  void (*const handler)(void) = interrupt_handler;
  if (handler) handler();
}

void os_on_interrupt(void (*handler)(void))
{
  static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
  struct sigaction act;
  memset(&act, 0, sizeof act);
  act.sa_handler = on_signal;
  act.sa_flags = SA_RESTART;
  interrupt_handler = handler;
  for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) (void)sigaction(signals[i], &act, NULL);
}
